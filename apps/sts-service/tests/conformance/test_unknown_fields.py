"""Fields that the protocol does not name are no error anywhere."""

from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.payloads import audio_payload, fragment_payload, init_payload, rule, sound
from wire.sio_client import SioClient, worker
from wire.worker import same_sound

EXTRA: dict[str, Any] = {
    "x_future": {"deep": [1, None, {"er": "x"}]},
    "": 1,
    "snake🐍": "é",
    "__proto__": {"a": 1},
    "self": 1,
}


async def test_in_stream_init(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        payload = init_payload(**EXTRA) | EXTRA
        await client.emit("stream:init", payload)
        await client.expect("stream:ready")
        assert same_sound(await client.round_trip(0), 0)


async def test_in_a_fragment_at_every_level(active: SioClient) -> None:
    audio = audio_payload(sound(0)) | EXTRA
    payload = fragment_payload(0, audio=audio, metadata={"pts_ns": 1, **EXTRA}) | EXTRA
    await active.emit("fragment:data", payload)
    assert same_sound(await active.result(payload["fragment_id"]), 0)


@pytest.mark.parametrize("event", ["stream:pause", "stream:resume"])
async def test_in_pause_and_resume(active: SioClient, event: str) -> None:
    await active.emit(event, {"stream_id": active.stream_id, **EXTRA})
    await active.quiet()
    assert active.codes() == []
    await active.resume()
    assert (await active.round_trip(0))["status"] == "success"


async def test_in_a_confirmation(active: SioClient) -> None:
    result = await active.round_trip(0)
    await active.emit(
        "fragment:ack", {"fragment_id": result["fragment_id"], "status": "applied", "timestamp": 1, **EXTRA}
    )
    await active.quiet()
    assert active.codes() == []


async def test_in_a_skip(active: SioClient) -> None:
    await active.emit("fragment:skip", {"stream_id": active.stream_id, "sequence_numbers": [0], **EXTRA})
    assert (await active.round_trip(1))["status"] == "success"


async def test_in_a_simulation(active: SioClient) -> None:
    await active.emit(
        "config:error_simulation", {"enabled": True, "rules": [rule("sequence_number", 0, **EXTRA)], **EXTRA}
    )
    await active.expect("config:error_simulation:ack", status="configured")
    assert (await active.round_trip(0))["status"] == "failed"


async def test_in_stream_end(active: SioClient) -> None:
    await active.emit("stream:end", {"stream_id": active.stream_id, **EXTRA})
    await active.expect("stream:complete")


async def test_beside_the_token(echo: EchoServer) -> None:
    async with worker(echo.url, auth={"token": "x", **EXTRA}) as client:
        await client.init()
