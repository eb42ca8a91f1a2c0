"""A service that is full says so over the protocol, and takes the stream once there is room."""

import asyncio
import json

from full_stream.sounds import audio, spoken
from full_stream.studio import engines
from sts_service.full import FullServer
from sts_service.testing.script import Script
from wire.contract import Payload
from wire.http import request, samples
from wire.payloads import init_payload
from wire.sio_client import SioClient, worker

LIMIT = 0.01
"""Of eight calls at once, which one stream is seen to take more of."""
SLOW = Script(takes_s=(0.8, 0.8))


def busy() -> FullServer:
    return FullServer(engines=engines(asr=SLOW), max_load=LIMIT)


async def speaks(client: SioClient, stream_id: str) -> None:
    """It is let in, and the service learns what it costs."""
    await client.init(stream_id, format="pcm_s16le", channels=1)
    sound = audio(spoken(), format="pcm_s16le", channels=1).to_wire()
    result = await client.round_trip(0, audio=sound)
    assert result["status"] == "success"


async def refused(client: SioClient, stream_id: str) -> Payload:
    await client.emit("stream:init", init_payload(stream_id, f"worker-{stream_id}"))
    return await client.expect("error")


async def test_one_too_many_is_refused_retryably_with_the_reason() -> None:
    async with busy() as server, worker(server.url) as first, worker(server.url) as second:
        await speaks(first, "first")
        refusal = await refused(second, "second")
        told = json.loads((await request(f"{server.url}/ready")).text)
        metrics = await samples(server.url)
        await first.round_trip(1, audio=audio(spoken(), format="pcm_s16le", channels=1).to_wire())
    assert (refusal["code"], refusal["retryable"], refusal["severity"]) == ("QUEUE_FULL", True, "warning")
    assert refusal["message"].startswith("no room: 1 stream runs, and another one would take ")
    assert "\n" not in refusal["message"]
    assert told["ready"] is True
    assert (told["load"]["streams"], told["load"]["admits"]) == (1, False)
    assert metrics["sts_load_ratio"] > LIMIT
    assert metrics['sts_streams_refused_total{reason="load"}'] == 1
    assert metrics['sts_streams_refused_total{reason="settings"}'] == 0
    assert not [name for name in metrics if "sts_fragment_errors" in name and "QUEUE_FULL" in name]


async def test_who_asks_again_gets_in_when_another_has_left() -> None:
    async with busy() as server, worker(server.url) as second:
        async with worker(server.url) as first:
            await speaks(first, "first")
            await refused(second, "second")
        for _ in range(200):
            await second.emit("stream:init", init_payload("second", "worker-second"))
            answer = await second.next_of("stream:ready", "error")
            if "session_id" in answer:
                break
            await asyncio.sleep(0.05)
        assert answer["stream_id"] == "second"


async def test_a_worker_that_comes_back_needs_no_room() -> None:
    async with busy() as server, worker(server.url) as first, worker(server.url) as again:
        await speaks(first, "first")
        await again.init("first")
        assert (await samples(server.url))["sts_active_streams"] == 1


async def test_what_is_asked_for_wrongly_is_counted_apart() -> None:
    async with FullServer(engines=engines()) as server, worker(server.url) as client:
        await client.emit("stream:init", init_payload("first", voice_profile="nobody"))
        assert (await client.expect("error"))["code"] == "INVALID_VOICE_PROFILE"
        metrics = await samples(server.url)
    assert metrics['sts_streams_refused_total{reason="settings"}'] == 1
    assert metrics['sts_streams_refused_total{reason="load"}'] == 0
