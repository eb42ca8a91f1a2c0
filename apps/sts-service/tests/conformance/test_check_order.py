"""session < payload < size < state < repeat < flow < sequence: the first check that fails is the answer.

Each test breaks two neighbours of that list at once.
"""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.payloads import audio_payload, changed, fragment_payload, without
from wire.sio_client import SioClient, worker

MAX_BYTES = 4096
TOO_LARGE = audio_payload(b"\0" * MAX_BYTES)

MALFORMED: list[dict[str, Any]] = [
    {"sequence_number": -1},
    {"timestamp": "yesterday"},
    {"audio": audio_payload(b"", sample_rate_hz=44100)},
]


@pytest.fixture
async def small() -> AsyncIterator[SioClient]:
    """A worker with an open session on a server that takes fragments of 4096 bytes and works 20 s on each."""
    async with (
        EchoServer(fragment_max_bytes=MAX_BYTES, echo_processing_delay_ms=20_000) as server,
        worker(server.url) as client,
    ):
        await client.init(max_inflight=10, timeout_ms=30_000)
        yield client


async def fill(client: SioClient) -> None:
    for number in range(10):
        await client.accepted(number)


@pytest.mark.parametrize("wrong", MALFORMED)
async def test_session_goes_before_payload_without_a_session(echo: EchoServer, wrong: dict[str, Any]) -> None:
    async with worker(echo.url) as client:
        await client.emit("fragment:data", fragment_payload(0) | wrong)
        await client.expect("error", code="STREAM_NOT_FOUND")


@pytest.mark.parametrize("wrong", MALFORMED)
async def test_session_goes_before_payload_for_another_stream(
    small: SioClient, wrong: dict[str, Any]
) -> None:
    await small.emit("fragment:data", fragment_payload(0, stream_id="somebody-elses") | wrong)
    await small.expect("error", code="STREAM_NOT_FOUND")


async def test_payload_goes_before_size(small: SioClient) -> None:
    await small.emit("fragment:data", without(fragment_payload(0, audio=TOO_LARGE), "timestamp"))
    await small.expect("error", code="INVALID_PAYLOAD")


async def test_a_format_that_differs_from_stream_init_goes_before_size(small: SioClient) -> None:
    await small.emit("fragment:data", changed(fragment_payload(0, audio=TOO_LARGE), "audio.channels", 1))
    await small.expect("error", code="INVALID_PAYLOAD")


async def test_payload_goes_before_state(small: SioClient) -> None:
    await small.pause()
    await small.emit("fragment:data", fragment_payload(-1))
    await small.expect("error", code="INVALID_PAYLOAD")


async def test_size_goes_before_state(small: SioClient) -> None:
    await small.pause()
    assert (await small.refused(0, audio=TOO_LARGE))["code"] == "FRAGMENT_TOO_LARGE"


async def test_size_goes_before_repeat(small: SioClient) -> None:
    await small.accepted(0)
    assert (await small.refused(0, audio=TOO_LARGE))["code"] == "FRAGMENT_TOO_LARGE"


async def test_size_goes_before_whether_it_is_base64(small: SioClient) -> None:
    audio = TOO_LARGE | {"data_base64": "!" * (MAX_BYTES + 1)}
    assert (await small.refused(0, audio=audio))["code"] == "FRAGMENT_TOO_LARGE"


async def test_state_goes_before_repeat(small: SioClient) -> None:
    await small.accepted(0)
    await small.pause()
    assert (await small.refused(0))["code"] == "STREAM_PAUSED"


async def test_state_goes_before_flow(small: SioClient) -> None:
    await fill(small)
    await small.pause()
    assert (await small.refused(10))["code"] == "STREAM_PAUSED"


async def test_state_goes_before_sequence(small: SioClient) -> None:
    await small.pause()
    assert (await small.refused(5000))["code"] == "STREAM_PAUSED"


async def test_repeat_goes_before_flow(small: SioClient) -> None:
    await fill(small)
    assert (await small.refused(3))["code"] == "DUPLICATE_FRAGMENT"


async def test_repeat_goes_before_sequence(small: SioClient) -> None:
    await small.accepted(0, "twin")
    assert (await small.refused(5000, "twin"))["code"] == "DUPLICATE_FRAGMENT"


async def test_flow_goes_before_sequence(small: SioClient) -> None:
    await fill(small)
    assert (await small.refused(5000))["code"] == "BACKPRESSURE_EXCEEDED"


async def test_the_streams_own_cap_goes_before_the_servers() -> None:
    async with (
        EchoServer(echo_processing_delay_ms=20_000, queue_max_depth=10, fragment_rate_per_min=10) as echo,
        worker(echo.url) as client,
    ):
        await client.init(max_inflight=10, timeout_ms=30_000)
        await fill(client)
        assert (await client.refused(10))["code"] == "BACKPRESSURE_EXCEEDED"


async def test_the_servers_cap_goes_before_the_rate() -> None:
    async with (
        EchoServer(echo_processing_delay_ms=20_000, queue_max_depth=3, fragment_rate_per_min=3) as echo,
        worker(echo.url) as client,
    ):
        await client.init(max_inflight=10, timeout_ms=30_000)
        for number in range(3):
            await client.accepted(number)
        assert (await client.refused(3))["code"] == "QUEUE_FULL"


async def test_the_servers_cap_goes_before_sequence() -> None:
    async with (
        EchoServer(echo_processing_delay_ms=20_000, queue_max_depth=2) as echo,
        worker(echo.url) as client,
    ):
        await client.init(timeout_ms=30_000)
        await client.accepted(0)
        await client.accepted(1)
        assert (await client.refused(5000))["code"] == "QUEUE_FULL"


async def test_the_rate_goes_before_sequence() -> None:
    async with EchoServer(fragment_rate_per_min=2) as echo, worker(echo.url) as client:
        await client.init()
        await client.round_trip(0)
        await client.round_trip(1)
        assert (await client.refused(5000))["code"] == "RATE_LIMIT"


async def test_repeat_goes_before_the_rate() -> None:
    async with EchoServer(fragment_rate_per_min=2) as echo, worker(echo.url) as client:
        await client.init()
        await client.round_trip(0)
        await client.round_trip(1)
        assert (await client.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_a_refused_fragment_leaves_no_trace_whatever_refused_it(small: SioClient) -> None:
    await small.emit("fragment:data", without(fragment_payload(0), "timestamp"))
    await small.expect("error", code="INVALID_PAYLOAD")
    assert (await small.refused(0, audio=TOO_LARGE))["code"] == "FRAGMENT_TOO_LARGE"
    await small.pause()
    assert (await small.refused(0))["code"] == "STREAM_PAUSED"
    await small.resume()
    await small.accepted(0)
    await small.skip(0)
    await small.expect("fragment:processed", sequence_number=0)
    assert (await small.complete())["total_fragments"] == 1
