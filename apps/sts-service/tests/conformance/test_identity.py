"""`X-Stream-ID` and `X-Worker-ID` must agree with `stream:init`."""

import pytest
from sts_service.echo import EchoServer
from wire.payloads import STREAM, WORKER, init_payload
from wire.sio_client import Refused, worker


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Stream-ID": STREAM, "X-Worker-ID": WORKER},
        {"X-Stream-ID": STREAM},
        {"X-Worker-ID": WORKER},
        {"x-stream-id": STREAM},
        {},
    ],
)
async def test_headers_that_agree_are_accepted(echo: EchoServer, headers: dict[str, str]) -> None:
    async with worker(echo.url, headers) as client:
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Stream-ID": "another"},
        {"X-Worker-ID": "another"},
        {"X-Stream-ID": STREAM, "X-Worker-ID": "another"},
        {"X-Stream-ID": STREAM.upper(), "X-Worker-ID": WORKER},
    ],
)
async def test_headers_that_disagree_are_invalid_config(echo: EchoServer, headers: dict[str, str]) -> None:
    async with worker(echo.url, headers) as client:
        await client.emit("stream:init", init_payload())
        await client.expect("error", code="INVALID_CONFIG")


async def test_a_stream_init_that_agrees_may_follow_one_that_did_not(echo: EchoServer) -> None:
    async with worker(echo.url, {"X-Stream-ID": "announced"}) as client:
        await client.emit("stream:init", init_payload())
        await client.expect("error", code="INVALID_CONFIG")
        await client.init("announced")


@pytest.mark.parametrize("header", ["X-Stream-ID", "X-Worker-ID"])
async def test_a_malformed_header_never_becomes_a_session(echo: EchoServer, header: str) -> None:
    for value in ("white space", "dot.ted", "x" * 65, "../up", '"quoted"'):
        code = None
        try:
            async with worker(echo.url, {header: value}) as client:
                await client.emit("stream:init", init_payload())
                code = (await client.next_of("error", "stream:ready")).get("code")
        except Refused as refused:
            code = refused.data["code"]
        assert code == "INVALID_CONFIG", value
