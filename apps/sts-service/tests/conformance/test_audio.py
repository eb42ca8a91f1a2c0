"""Sound in, the same sound out: as text and as attachments, bit for bit, and what an echo says about it."""

import base64
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.payloads import audio_payload, sound
from wire.raw_client import raw_worker
from wire.sio_client import SioClient, worker

CLIENTS = pytest.mark.parametrize("connect", [worker, raw_worker], ids=["socketio", "by hand"])
SIZES = [1, 2, 3, 4, 255, 65_536, 770_001]


@CLIENTS
@pytest.mark.parametrize("binary", [False, True], ids=["text", "attachment"])
async def test_sound_comes_back_in_kind_and_bit_for_bit(echo: EchoServer, connect: Any, binary: bool) -> None:
    async with connect(echo.url) as client:
        await client.init(max_inflight=10)
        for number, size in enumerate(SIZES):
            data = sound(size, size)
            audio = (await client.result(await client.send_sound(number, data, binary=binary)))[
                "dubbed_audio"
            ]
            if binary:
                assert audio["data"] == data
                assert audio.get("data_base64") is None
            else:
                assert audio["data_base64"] == base64.b64encode(data).decode()
                assert audio.get("data") is None


@CLIENTS
async def test_text_and_attachments_may_take_turns(echo: EchoServer, connect: Any) -> None:
    async with connect(echo.url) as client:
        await client.init(max_inflight=10)
        for number in (1, 0, 3, 2, 5, 4):
            await client.send_sound(number, sound(number), binary=number % 2 == 1)
        for number, result in enumerate(await client.collect("fragment:processed", 6)):
            audio = result["dubbed_audio"]
            came = audio["data"] if number % 2 else base64.b64decode(audio["data_base64"])
            assert came == sound(number)


async def test_every_byte_value_survives_as_an_attachment(active: SioClient) -> None:
    data = bytes(range(256)) * 3
    assert (await active.result(await active.send_sound(0, data, binary=True)))["dubbed_audio"][
        "data"
    ] == data


@pytest.mark.parametrize(("format_", "channels"), [("m4a", 1), ("pcm_s16le", 2)])
async def test_the_result_has_the_streams_own_format(echo: EchoServer, format_: str, channels: int) -> None:
    for rate in (8000, 16_000, 22_050, 24_000, 44_100, 48_000):
        async with worker(echo.url) as client:
            await client.init(format=format_, sample_rate_hz=rate, channels=channels)
            shape: dict[str, Any] = {
                "format": format_,
                "sample_rate_hz": rate,
                "channels": channels,
                "duration_ms": 2000,
            }
            audio = (await client.round_trip(0, audio=audio_payload(sound(0), **shape)))["dubbed_audio"]
            assert {name: audio[name] for name in shape} == shape


async def test_the_exact_length_comes_back(active: SioClient) -> None:
    audio = (await active.round_trip(0, audio=audio_payload(sound(0), samples=288_000)))["dubbed_audio"]
    assert audio["duration_ms"] == 6000
    assert audio.get("samples", 288_000) == 288_000


async def test_a_result_tells_what_was_sent(active: SioClient) -> None:
    result = await active.round_trip(0, "some-id")
    assert result["fragment_id"] == "some-id"
    assert result["stream_id"] == active.stream_id
    assert result["sequence_number"] == 0


async def test_an_echo_marks_its_transcript_and_translation(active: SioClient) -> None:
    result = await active.round_trip(0)
    assert "[ECHO]" in result["transcript"]
    assert "[ECHO]" in result["translated_text"]


async def test_the_processing_time_is_truthful() -> None:
    async with EchoServer(echo_processing_delay_ms=200) as echo, worker(echo.url) as client:
        await client.init()
        assert 190 <= (await client.round_trip(0))["processing_time_ms"] < 2000


async def test_the_processing_time_of_a_quick_echo_is_small(active: SioClient) -> None:
    assert min([(await active.round_trip(number))["processing_time_ms"] for number in range(5)]) < 100


NOT_BASE64 = [
    "====",
    "abc",
    "ab=c",
    "AAA",
    "A===",
    "AAAA====",
    "AA AA",
    "AAAA\n",
    "_-__",
    "äöü=",
    "🎧🎧",
    "AAAA!",
]


async def test_what_is_not_base64_is_delivered_failed_with_invalid_audio(active: SioClient) -> None:
    for number, text in enumerate([*NOT_BASE64, "\0\0\0\0", "=", "AA=A"]):
        result = await active.round_trip(number, audio=audio_payload(b"") | {"data_base64": text})
        assert result["status"] == "failed", text
        assert result["error"]["code"] == "INVALID_AUDIO", text
    assert (await active.round_trip(number + 1))["status"] == "success"


async def test_text_and_attachment_at_once_is_invalid_payload(active: SioClient) -> None:
    fragment_id = await active.send(0, audio=audio_payload(b"abcd") | {"data": b"abcd"})
    assert (await active.answer("error", fragment_id))["code"] == "INVALID_PAYLOAD"
    assert (await active.round_trip(0))["status"] == "success"
