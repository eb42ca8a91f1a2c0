"""The voice of the cloud, against a server that behaves like its API."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.tts.elevenlabs import RATE_HZ, SPEC, ElevenLabs

from cloud.provider import Act, Answer, Asked, Provider, serving

KEY = "sk_not-a-real-key"
SPOKEN = "el ministro ha dimitido"
RAMP = np.arange(-24000, 24000, dtype="<i2")


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(lambda asked: Answer(body=RAMP.tobytes())) as provider:
        yield provider


@pytest.fixture
async def engine(provider: Provider) -> AsyncIterator[ElevenLabs]:
    settings = EngineSettings(
        elevenlabs_api_key=KEY, elevenlabs_server_url=provider.url, tts_timeout_ms=20_000
    )
    engine = SPEC.make(settings)
    yield engine
    await engine.close()


async def failure(engine: ElevenLabs) -> EngineError:
    async with asyncio.timeout(20):
        with pytest.raises(EngineError) as caught:
            await engine.speak(SPOKEN, "es", {})
    said = "".join(traceback.format_exception(caught.value))
    assert KEY not in said
    assert SPOKEN not in said
    return caught.value


async def test_the_sound_comes_as_samples(engine: ElevenLabs) -> None:
    speech = await engine.speak("hola", "es", {})
    assert (speech.rate_hz, speech.samples.dtype.name) == (RATE_HZ, "float32")
    np.testing.assert_array_equal(speech.samples * 32768, RAMP)


async def test_the_request_says_what_is_wanted(engine: ElevenLabs, provider: Provider) -> None:
    voice = {"voice_id": "a/b", "stability": 0.4, "rate": 165}
    await engine.speak("hola", "es-419", voice, 1.1)
    asked = provider.asked[0]
    assert asked.path == f"/v1/text-to-speech/a%2Fb?output_format=pcm_{RATE_HZ}"
    assert asked.headers["xi-api-key"] == KEY
    assert asked.body == {
        "text": "hola", "model_id": "eleven_flash_v2_5", "language_code": "es",
        "voice_settings": {"stability": 0.4, "speed": 1.1},
    }  # fmt: skip


@pytest.mark.parametrize(("speed", "sent"), [(0.2, 0.7), (3.0, 1.2)])
async def test_it_is_never_asked_for_a_speed_that_it_would_refuse(
    engine: ElevenLabs, provider: Provider, speed: float, sent: float
) -> None:
    await engine.speak("hola", "es", {}, speed)
    assert provider.asked[0].body["voice_settings"]["speed"] == sent


async def test_a_model_that_finds_the_language_itself_is_not_told(
    engine: ElevenLabs, provider: Provider
) -> None:
    await engine.speak("hola", "es", {"model": "eleven_multilingual_v2"})
    assert "language_code" not in provider.asked[0].body


async def test_nothing_to_say_and_nobody_to_say_it_cost_nothing(
    engine: ElevenLabs, provider: Provider
) -> None:
    assert len((await engine.speak(" ", "es", {})).samples) == 0
    with pytest.raises(EngineError) as caught:
        await engine.speak("hello", "tlh", {})
    assert caught.value.code == ErrorCode.UNSUPPORTED_LANGUAGE
    assert provider.asked == []


def detail(status: int, code: str) -> Answer:
    return Answer(status, {"detail": {"status": code, "message": f"{KEY} {SPOKEN}"}})


MODEL, LIMIT, SPOKEN = ErrorCode.MODEL_ERROR, ErrorCode.RATE_LIMIT_EXCEEDED, ErrorCode.SYNTHESIS_FAILED


@pytest.mark.parametrize(
    ("act", "code", "retryable"),
    [
        (detail(401, "invalid_api_key"), MODEL, False),
        (detail(401, "quota_exceeded"), LIMIT, False),
        (Answer(402), LIMIT, False),
        (detail(404, "voice_not_found"), MODEL, False),
        (detail(422, "text_too_long"), SPOKEN, False),
        (Answer(422, {"detail": [{"msg": SPOKEN}]}), SPOKEN, False),
        (Answer(400, b"<html>"), SPOKEN, False),
        (detail(429, "too_many_concurrent_requests"), LIMIT, True),
        (detail(429, "system_busy"), LIMIT, True),
        (Answer(429), LIMIT, True),
        (Answer(500), MODEL, True),
        (Answer(503, b"<html>"), MODEL, True),
        (Answer(200, {"text": "no sound"}), MODEL, True),
        (Answer(200, b""), MODEL, True),
        (Answer(200, b"odd"), MODEL, True),
        (Answer(302, headers={"Location": "http://127.0.0.1:9/"}), MODEL, True),
        ("drop", MODEL, True),
        ("drop_half", MODEL, True),
        ("hang", ErrorCode.TIMEOUT, True),
        ("drip", ErrorCode.TIMEOUT, True),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_each_failure_has_its_code_and_is_tried_once(
    engine: ElevenLabs, provider: Provider, act: Act, code: ErrorCode, retryable: bool
) -> None:
    provider.script = [act]
    patient_s = engine._limit_s
    engine._limit_s = 0.9 if act in ("hang", "drip") else patient_s
    error = await failure(engine)
    engine._limit_s = patient_s
    assert (error.code, error.retryable) == (code, retryable)
    assert len(provider.asked) == 1
    assert len((await engine.speak("hola", "es", {})).samples) == len(RAMP)


async def test_a_provider_that_fails_again_and_again_is_left_alone(
    engine: ElevenLabs, provider: Provider
) -> None:
    provider.script = [Answer(500)] * 5
    for _ in range(6):
        assert (await failure(engine)).code == MODEL
    assert len(provider.asked) == 5


@pytest.mark.parametrize("failures", [0, 5])
async def test_a_cancelled_call_ends_at_once_and_the_next_one_works(
    engine: ElevenLabs, provider: Provider, failures: int
) -> None:
    engine._breaker.pause_s = 0
    provider.script = [Answer(500)] * failures
    for _ in range(failures):
        await failure(engine)
    provider.was_asked.clear()
    provider.script = ["hang"]
    call = asyncio.create_task(engine.speak("hola", "es", {}))
    await asyncio.to_thread(provider.was_asked.wait, 20)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len((await engine.speak("hola", "es", {})).samples) == len(RAMP)


async def test_concurrent_calls_each_get_their_own_voice(engine: ElevenLabs, provider: Provider) -> None:
    def by_length(asked: Asked) -> Answer:
        return Answer(body=bytes(2 * len(asked.body["text"])))

    provider.usual, provider.takes_s = by_length, 0.02
    speeches = await asyncio.gather(*(engine.speak("a" * n, "es", {}) for n in range(1, 21)))
    assert [len(speech.samples) for speech in speeches] == list(range(1, 21))
    assert provider.most_at_once <= SPEC.card.concurrency


async def test_neither_key_nor_text_is_logged_even_when_all_is(
    engine: ElevenLabs, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.script = [detail(401, "invalid_api_key"), "drop"]
    await failure(engine)
    await failure(engine)
    assert KEY not in caplog.text
    assert SPOKEN not in caplog.text


@pytest.mark.parametrize(
    ("settings", "missing", "why"),
    [({}, "", "ELEVENLABS_API_KEY"), ({"elevenlabs_api_key": KEY}, "aiohttp", r"sts-service\[elevenlabs\]")],
)
def test_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], missing: str, why: str
) -> None:
    if missing:
        monkeypatch.setattr("sts_service.tts.elevenlabs.find_spec", lambda name: None)
    with pytest.raises(NotHere, match=why):
        SPEC.check(EngineSettings(**settings))
