"""`auth.token` against `STS_API_KEY`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.http import request
from wire.payloads import init_payload
from wire.raw_client import raw_connection
from wire.sio_client import refusal, worker

KEY = "correct horse battery"

WRONG_AUTH: list[Any] = [
    None,
    {},
    {"token": ""},
    {"token": "wrong"},
    {"token": KEY + " "},
    {"token": KEY[:-1]},
    {"token": "kéy ünïcode 鍵"},
    {"Token": KEY},
    {"token": None},
    {"token": 0},
    {"token": True},
    {"token": [KEY]},
    {"token": {"token": KEY}},
    [KEY],
]


@pytest.fixture
async def locked() -> AsyncIterator[EchoServer]:
    async with EchoServer(sts_api_key=KEY) as server:
        yield server


async def test_the_right_key_is_let_in(locked: EchoServer) -> None:
    async with worker(locked.url, auth={"token": KEY}) as client:
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


async def test_a_wrong_or_missing_key_is_refused_with_auth_failed(locked: EchoServer) -> None:
    for auth in WRONG_AUTH:
        data = await refusal(locked.url, auth=auth)
        assert (data["code"], data["retryable"]) == ("AUTH_FAILED", False), auth
        assert data.get("severity", "fatal") == "fatal"
        assert data["message"]
        assert KEY not in str(data)


@pytest.mark.parametrize(
    "auth",
    ['"a string"', "7", "[]", "null", "true", '{"token": "\\ud800"}', '{"token": ' + "9" * 400 + "}"],
)
async def test_any_json_as_auth_is_refused(locked: EchoServer, auth: str) -> None:
    async with raw_connection(locked.url) as client:
        assert (await client.handshake(auth)).startswith("44")
    async with worker(locked.url, auth={"token": KEY}) as other:
        await other.init()


async def test_a_refused_connection_cannot_open_a_session(locked: EchoServer) -> None:
    async with raw_connection(locked.url) as client:
        assert (await client.handshake('{"token": "wrong"}')).startswith("44")
        await client.emit("stream:init", init_payload())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(client.disconnected.wait(), 0.3)
        assert not client.arrivals or client.codes() == ["STREAM_NOT_FOUND"]


@pytest.mark.parametrize("auth", [None, {"token": "anything"}, {"token": 7}, {"other": 1}])
async def test_without_a_key_the_server_is_open(echo: EchoServer, auth: Any) -> None:
    async with worker(echo.url, auth=auth) as client:
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


async def test_a_key_that_is_not_ascii_works() -> None:
    async with (
        # pragma: allowlist nextline secret
        EchoServer(sts_api_key="schlüssel") as echo,
        worker(echo.url, auth={"token": "schlüssel"}) as client,
    ):
        await client.init()


async def test_health_needs_no_key(locked: EchoServer) -> None:
    assert (await request(f"{locked.url}/health")).status == 200
