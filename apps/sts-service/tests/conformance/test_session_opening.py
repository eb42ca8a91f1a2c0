"""`stream:init` and what it answers; nothing goes before it, and nothing repeats it."""

import pytest
from sts_service.echo import EchoServer
from wire.contract import TO_SERVER
from wire.payloads import good_payload, init_payload
from wire.sio_client import SioClient, worker
from wire.worker import same_sound


@pytest.mark.parametrize("event", [event for event in TO_SERVER if event != "stream:init"])
async def test_nothing_but_stream_init_is_heard_before_it(echo: EchoServer, event: str) -> None:
    async with worker(echo.url) as client:
        await client.emit(event, good_payload(event))
        await client.expect("error", code="STREAM_NOT_FOUND")
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


async def test_stream_ready_confirms_the_session(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        ready = await client.init("news-1", max_inflight=5)
        assert (ready["stream_id"], ready["max_inflight"]) == ("news-1", 5)
        capabilities = ready["capabilities"]
        assert (capabilities["protocol_version"], capabilities["async_delivery"]) == ("1.1", True)
        assert capabilities["binary_audio"] is True
        assert isinstance(capabilities["batch_processing"], bool)


async def test_what_may_be_left_out_of_stream_init_has_its_default(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        config = {"source_language": "en", "target_language": "es", "channels": 2}
        await client.emit("stream:init", {"stream_id": "stream-a", "worker_id": "w", "config": config})
        assert (await client.expect("stream:ready"))["max_inflight"] == 3
        # m4a at 48000 Hz, which is what `send` sends.
        assert (await client.round_trip(0))["status"] == "success"


async def test_every_session_has_its_own_id(echo: EchoServer) -> None:
    async with worker(echo.url) as one, worker(echo.url) as other:
        assert (await one.init("one"))["session_id"] != (await other.init("other"))["session_id"]


@pytest.mark.parametrize("again", [init_payload(), init_payload("another-stream")])
async def test_a_second_stream_init_is_invalid_config_and_harms_nothing(
    active: SioClient, again: dict[str, object]
) -> None:
    await active.emit("stream:init", again)
    await active.expect("error", code="INVALID_CONFIG")
    for number in range(3):
        assert same_sound(await active.round_trip(number), number)
    assert (await active.complete())["total_fragments"] == 3


async def test_a_refused_stream_init_may_be_put_right_on_the_same_connection(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.emit("stream:init", init_payload(channels=7))
        await client.expect("error", code="INVALID_CONFIG")
        await client.init()
        assert (await client.round_trip(0))["status"] == "success"


@pytest.mark.parametrize(
    "event", ["fragment:data", "fragment:skip", "stream:pause", "stream:resume", "stream:end"]
)
async def test_an_event_for_another_stream_is_stream_not_found(active: SioClient, event: str) -> None:
    await active.emit(event, good_payload(event, "somebody-elses"))
    await active.expect("error", code="STREAM_NOT_FOUND")
    assert (await active.round_trip(0))["status"] == "success"


async def test_streams_side_by_side_do_not_mix(echo: EchoServer) -> None:
    async with worker(echo.url) as one, worker(echo.url) as other:
        await one.init("one")
        await other.init("other", "worker-b")
        for number in range(3):
            await one.send(number)
            await other.send(number, audio=None)
        assert [event["stream_id"] for event in await one.collect("fragment:processed", 3)] == ["one"] * 3
        assert [event["stream_id"] for event in await other.collect("fragment:processed", 3)] == ["other"] * 3


async def test_ten_fragments_from_connect_to_complete(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.init(max_inflight=10)
        for number in range(10):
            await client.send(number)
        results = await client.collect("fragment:processed", 10)
        assert all(same_sound(result, number) for number, result in enumerate(results))
        complete = await client.complete()
        assert complete["total_fragments"] == complete["statistics"]["success_count"] == 10
        assert complete["total_duration_ms"] == 60_000
