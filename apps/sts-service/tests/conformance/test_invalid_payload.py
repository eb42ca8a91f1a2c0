"""Every field of the other events a worker sends."""

import json
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.payloads import audio_payload, changed, fragment_payload, good_payload, without
from wire.raw_client import raw_worker
from wire.sio_client import SioClient
from wire.worker import same_sound

NO_NANOSECONDS = ["0", 1.5, [], True]

WRONG: dict[str, list[Any]] = {
    "fragment_id": ["", "x" * 129, "bell\x07", "new\nline", "nul\0", "esc\x9b", 1, None, ["a"]],
    "sequence_number": [-1, 1.5, "0", True, None, [0], {}, -(2**70)],
    "timestamp": ["now", None, [], True, {}],
    "audio": [None, [], "AAAA", 1, {}],
    "audio.format": ["pcm_s16le", "mp3", None, 1, ["m4a"]],
    "audio.sample_rate_hz": [44_100, 0, "48000", None, True],
    "audio.channels": [1, 3, "2", None, True],
    "audio.duration_ms": [0, 60_001, -1, 1.5, "6000", None, True],
    "audio.samples": [-1, 1.5, "1", True, []],
    "audio.data_base64": [None, 1, [], {}, True],
    "metadata": [[], "x", 1, True],
    "metadata.pts_ns": NO_NANOSECONDS,
    "metadata.source_pts_ns": NO_NANOSECONDS,
}

WRONG_ELSEWHERE: dict[tuple[str, str], list[Any]] = {
    ("fragment:ack", "fragment_id"): ["", "x" * 129, 1, None],
    ("fragment:ack", "status"): ["queued", "", 1, None],
    ("fragment:ack", "timestamp"): ["now", None, True],
    ("fragment:skip", "sequence_numbers"): [None, 1, "1", {}, [-1], ["1"], [1.5], [None], [[1]], [True]],
    ("stream:pause", "reason"): [1, [], {}],
    ("stream:end", "reason"): [1, [], {}],
}


@pytest.mark.parametrize("path", WRONG)
async def test_a_wrong_value_in_a_fragment_is_invalid_payload_and_names_its_field(
    echo: EchoServer, path: str
) -> None:
    async with raw_worker(echo.url) as client:
        await client.init()
        good = fragment_payload(0, metadata={"pts_ns": 0, "source_pts_ns": 0}, stream_id=client.stream_id)
        for value in WRONG[path]:
            await client.emit("fragment:data", changed(good, path, value))
            error = await client.next_of("error", "fragment:ack")
            assert error.get("code") == "INVALID_PAYLOAD", f"{path} = {value!r} is answered with {error}"
            assert path.split(".")[0] in json.dumps(error["metadata"]["errors"]), (
                f"{path} = {value!r}: {error}"
            )
        assert same_sound(await client.round_trip(0), 0)


@pytest.mark.parametrize(
    "path",
    [
        "fragment_id",
        "sequence_number",
        "timestamp",
        "audio",
        "audio.data_base64",
        *(f"audio.{name}" for name in ("format", "sample_rate_hz", "channels", "duration_ms")),
    ],
)
async def test_a_missing_field_of_a_fragment_is_invalid_payload(active: SioClient, path: str) -> None:
    await active.emit("fragment:data", without(fragment_payload(0), path))
    error = await active.expect("error", code="INVALID_PAYLOAD")
    assert path.split(".")[0] in json.dumps(error["metadata"]["errors"])
    assert (await active.round_trip(0))["status"] == "success"


async def test_every_wrong_field_is_listed(active: SioClient) -> None:
    wrong = fragment_payload(-1, timestamp="now", audio=audio_payload(b"", duration_ms=0))
    await active.emit("fragment:data", wrong)
    listed = (await active.expect("error", code="INVALID_PAYLOAD"))["metadata"]["errors"]
    assert len(listed) == 3
    assert all(name in json.dumps(listed) for name in ("sequence_number", "timestamp", "duration_ms"))


@pytest.mark.parametrize(("event", "path"), WRONG_ELSEWHERE)
async def test_a_wrong_value_in_another_event_is_invalid_payload(
    active: SioClient, event: str, path: str
) -> None:
    for value in WRONG_ELSEWHERE[event, path]:
        await active.emit(event, changed(good_payload(event), path, value))
        error = await active.expect("error")
        assert error["code"] == "INVALID_PAYLOAD", f"{event} {path} = {value!r} is answered with {error}"
    assert (await active.round_trip(0))["status"] == "success"


ACCEPTED: list[tuple[str, Any]] = [
    ("fragment_id", "x"),
    ("fragment_id", "x" * 128),
    ("fragment_id", "ß and spaces, 日本 🎧"),
    ("timestamp", 1),
    ("audio.duration_ms", 1),
    ("audio.duration_ms", 60_000),
    ("audio.samples", 288_000),
    ("metadata", {}),
    ("metadata", {"pts_ns": 0, "source_pts_ns": -5, "anything": [1, {"else": None}]}),
    ("metadata", {"pts_ns": 2**62}),
]


async def test_a_value_within_the_limits_is_accepted(active: SioClient) -> None:
    for number, (path, value) in enumerate(ACCEPTED):
        payload = changed(fragment_payload(number), path, value)
        await active.emit("fragment:data", payload)
        assert (await active.result(payload["fragment_id"]))["status"] == "success"
