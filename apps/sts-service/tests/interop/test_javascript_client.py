"""The official JavaScript client runs whole sessions, and comes back exactly where it should."""

import base64
import contextlib
from collections.abc import AsyncIterator

import pytest
from sts_service.echo import EchoServer
from wire.http import request
from wire.service import Service, running
from wire.sio_client import worker

from interop.js_worker import JsWorker, js_worker

TOKEN = "interop"
FRAGMENTS = 10
SIZE = 100_000
"""Bytes of a fragment, about those of six seconds of AAC."""


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """The service as a process, with a key."""
    async with running(STS_API_KEY=TOKEN, AUTO_DISCONNECT_DELAY_S="0.1") as process:
        yield process


def sound(sequence_number: int) -> bytes:
    """What worker.mjs sends under this number."""
    return bytes((at * 31 + sequence_number) & 255 for at in range(SIZE))


@pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])
async def test_a_whole_session_of_ten_fragments(service: Service, binary: bool) -> None:
    async with js_worker(service.url, token=TOKEN, fragments=FRAGMENTS, bytes=SIZE, binary=binary) as client:
        await client.finish()
    events = [arrival.event for arrival in client.arrivals]
    assert events[:2] == ["@connect", "stream:ready"]
    assert events[-3:] == ["stream:complete", "stream:closed", "@disconnect"]
    results = client.all("fragment:processed")
    assert [result["sequence_number"] for result in results] == list(range(FRAGMENTS))
    assert {result["status"] for result in results} == {"success"}
    for result in results:
        audio = result["dubbed_audio"]
        assert ("data" in audio, "data_base64" in audio) == (binary, not binary)
        data = audio["data"] if binary else base64.b64decode(audio["data_base64"], validate=True)
        assert data == sound(result["sequence_number"])
    acknowledged = [ack["fragment_id"] for ack in client.all("fragment:ack")]
    assert acknowledged == [sent["fragment_id"] for sent in client.all("@sent")]
    (complete,) = client.all("stream:complete")
    assert (complete["total_fragments"], complete["statistics"]["success_count"]) == (FRAGMENTS, FRAGMENTS)
    assert [closed["reason"] for closed in client.all("stream:closed")] == ["completed"]
    assert client.all("error") == []
    assert seconds_from_connect_to_complete(client) < 5
    # Nobody waits for a timer; what else takes longer is the machine.
    assert min(round_trips_ms(client)) < 100


def seconds_from_connect_to_complete(client: JsWorker) -> float:
    """From the start of the client's process."""
    return next(at_ms for event, _, at_ms in client.told_at_ms if event == "stream:complete") / 1000


def round_trips_ms(client: JsWorker) -> list[float]:
    sent, answered = client.times_ms("@sent"), client.times_ms("fragment:processed")
    assert sent.keys() == answered.keys()
    return [answered[fragment_id] - at_ms for fragment_id, at_ms in sent.items()]


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_wrong_key_is_a_connect_error_that_ends_it(service: Service, token: str | None) -> None:
    options = {} if token is None else {"token": token}
    async with js_worker(service.url, linger_ms=500, **options) as client:
        await client.finish()
    assert [arrival.event for arrival in client.arrivals] == ["@connect_error"]
    refused = client.arrivals[0].payload
    assert (refused["data"]["code"], refused["data"]["retryable"]) == ("AUTH_FAILED", False)
    assert refused["message"]
    assert refused["active"] is False


async def test_it_stays_away_after_completed() -> None:
    async with EchoServer(auto_disconnect_delay_s=0.1) as echo:
        async with js_worker(echo.url, fragments=1, linger_ms=800) as client:
            await client.finish()
        assert client.all("@disconnect") == [{"reason": "io server disconnect", "active": False}]
        assert len(client.all("@connect")) == 1
        metrics = (await request(f"{echo.url}/metrics")).text
        assert 'sts_connections_total{result="accepted"} 1.0' in metrics


async def test_it_stays_away_after_taken_over() -> None:
    async with EchoServer() as echo, js_worker(echo.url, linger_ms=800) as client:
        await client.expect("stream:ready")
        async with worker(echo.url) as heir:
            await heir.init("stream-js", "worker-js")
            await client.expect("stream:closed", reason="taken_over")
            await client.finish()
            assert (await heir.round_trip(0))["status"] == "success"
    assert client.all("@disconnect") == [{"reason": "io server disconnect", "active": False}]
    assert len(client.all("@connect")) == 1


async def test_it_comes_back_by_itself_after_a_shutdown() -> None:
    async with contextlib.AsyncExitStack() as before:
        echo = await before.enter_async_context(EchoServer())
        async with js_worker(echo.url, fragments=1, end=False) as client:
            first = await client.expect("stream:ready")
            await client.expect("fragment:processed")
            await before.aclose()
            await client.expect("stream:complete")
            await client.expect("stream:closed", reason="shutdown")
            await client.expect("@disconnect", reason="transport close", active=True)
            async with EchoServer(port=echo.port):
                second = await client.expect("stream:ready", timeout=10)
                await client.expect("fragment:processed", sequence_number=0)
                assert second["session_id"] != first["session_id"]
                await client.stop()


async def test_it_comes_back_by_itself_after_idle() -> None:
    async with EchoServer(idle_timeout_s=0.5) as echo, js_worker(echo.url) as client:
        await client.expect("stream:ready")
        await client.expect("stream:closed", reason="idle")
        await client.expect("@disconnect", reason="transport close", active=True)
        await client.expect("stream:ready")
        await client.stop()
