"""The forms that sound comes in and goes out: formats, rates, channels, lengths, broken ones."""

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from dubbing_protocol import Audio, ErrorCode, audio_bytes
from sts_service.audio import mono_16k, read
from sts_service.server.processor import Result
from sts_service.testing.script import Script, Step, read_journal

from full_stream.sounds import audio, fragment, noise, silence, spoken
from full_stream.studio import engines, studio

SAYS = Script(says=("The government has announced a plan.",))


def sound_of(result: Result) -> np.ndarray:
    assert result.dubbed_audio is not None
    return read(result.dubbed_audio).samples


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize(("rate_hz", "channels"), [(16_000, 1), (44_100, 2), (48_000, 2), (22_050, 1)])
async def test_speech_comes_back_dubbed_in_its_own_form_and_length(
    format: str, rate_hz: int, channels: int
) -> None:
    async with studio(engines(SAYS)) as here:
        stream = here.open(format=format, sample_rate_hz=rate_hz, channels=channels)
        sent = audio(spoken(3.1234, rate_hz), rate_hz, format=format, channels=channels)  # type: ignore[arg-type]
        result = await stream.process(fragment(0, sent))
        stream.close()
    assert result.status == "success"
    assert result.transcript == SAYS.says[0]
    assert result.translated_text == f"[es] {SAYS.says[0]}"
    dubbed = result.dubbed_audio
    assert dubbed is not None
    assert (dubbed.format, dubbed.sample_rate_hz, dubbed.channels) == (format, rate_hz, channels)
    assert sound_of(result).shape == (round(3.1234 * rate_hz), channels)
    assert np.abs(sound_of(result)).max() > 0.01
    assert (dubbed.data is None) == (sent.data is None)


async def test_a_binary_fragment_is_answered_in_kind() -> None:
    async with studio(engines(SAYS)) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(spoken(), binary=True)))
        stream.close()
    assert result.dubbed_audio is not None
    assert result.dubbed_audio.data is not None
    assert result.dubbed_audio.data_base64 is None


@pytest.mark.parametrize("seconds", [0.1, 6.0])
async def test_silence_comes_back_as_silence_and_no_engine_is_asked(seconds: float) -> None:
    refusing = Script(steps=(Step(does="fail"),) * 9)
    async with studio(engines(refusing, refusing, refusing)) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(silence(seconds))))
        stream.close()
    assert (result.status, result.transcript, result.translated_text) == ("success", "", "")
    assert result.stage_timings is None
    assert not sound_of(result).any()
    assert len(sound_of(result)) == round(seconds * 48_000)


async def test_silence_comes_back_as_it_was_where_the_operator_wants_that() -> None:
    async with studio(empty_fragment_audio="original") as here:
        stream = here.open()
        sent = audio(noise()).model_copy(update={"more": "unasked"})
        result = await stream.process(fragment(0, sent))
        stream.close()
    assert result.dubbed_audio is not None
    assert audio_bytes(result.dubbed_audio) == audio_bytes(sent)
    assert not result.dubbed_audio.model_extra


def with_data(sound: Audio, data: bytes) -> Audio:
    return sound.model_copy(update={"data_base64": base64.b64encode(data).decode()})


@pytest.mark.parametrize("format", ["m4a", "pcm_s16le"])
@pytest.mark.parametrize("what", ["empty", "garbage", "cut", "not base64"])
async def test_unreadable_audio_is_told_and_costs_nobody_else_anything(format: str, what: str) -> None:
    good = audio(spoken(1.0), format=format)  # type: ignore[arg-type]
    data = audio_bytes(good)
    broken = {
        "empty": with_data(good, b""),
        "garbage": with_data(good, np.random.default_rng(1).bytes(4001)),
        "cut": with_data(good, data[: len(data) // 2]),
        "not base64": good.model_copy(update={"data_base64": "!" + (good.data_base64 or "")}),
    }[what]
    async with studio(engines(SAYS)) as here:
        stream = here.open(format=format)
        result = await stream.process(fragment(0, broken))
        after = await stream.process(fragment(1, good))
        stream.close()
    assert result.status == "failed"
    assert result.error is not None
    assert (result.error.code, result.error.retryable) == (ErrorCode.INVALID_AUDIO, False)
    assert result.error.stage is None
    assert result.transcript is None
    assert after.transcript == SAYS.says[0]


async def test_a_little_too_long_is_partial_with_a_warning() -> None:
    # Of 6 s and at most 1.2 times as fast: 8.3 s come to 6.9 s, 15 % of the slot too long.
    text = "x" * round(8.3 / 0.06)
    async with studio(engines(translation=Script(says=(text,)))) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert result.status == "partial"
    assert result.warnings is not None
    assert "duration_variance_high" in result.warnings
    assert result.metadata is not None
    assert result.metadata.actual_variance_percent == pytest.approx(15, abs=1.5)
    assert result.metadata.speed_ratio == pytest.approx(1.2, abs=0.01)
    assert len(sound_of(result)) == 6 * 48_000


async def speeds(tmp_path: Path, text: str, speed_range: tuple[float, float] | None) -> list[float]:
    """The speeds that the synthesiser was asked for."""
    journal = tmp_path / "tts"
    given = engines(translation=Script(says=(text,)), tts=Script(journal=str(journal)))
    tts = given["tts"]
    given["tts"] = replace(tts, card=replace(tts.card, speed_range=speed_range))
    async with studio(given) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert result.status == "success"
    return [line["speed"] for line in read_journal(journal) if line["event"] == "begin"]


async def test_a_dub_too_long_is_spoken_again_faster_where_the_engine_can(tmp_path: Path) -> None:
    first, second = await speeds(tmp_path, "x" * 105, (0.5, 2.0))
    assert first == 1.0
    # 6.3 s, for which there are 6 s less what is before the source's first word.
    assert 1.05 < second < 1.2


async def test_the_engine_is_asked_for_no_speed_that_it_does_not_have(tmp_path: Path) -> None:
    assert await speeds(tmp_path, "x" * 115, (0.9, 1.05)) == [1.0, 1.05]


async def test_an_engine_without_rate_control_speaks_once(tmp_path: Path) -> None:
    assert await speeds(tmp_path, "x" * 110, None) == [1.0]


async def test_a_dub_that_nearly_fits_is_spoken_once(tmp_path: Path) -> None:
    assert await speeds(tmp_path, "x" * 90, (0.5, 2.0)) == [1.0]


async def test_the_dub_begins_where_the_source_speech_begins() -> None:
    async with studio(engines(SAYS)) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(spoken(at_s=2.0, seconds=7.0))))
        stream.close()
    assert result.metadata is not None
    assert result.metadata.onset_ms == pytest.approx(2000, abs=250)  # type: ignore[attr-defined]
    heard = mono_16k(read(result.dubbed_audio))  # type: ignore[arg-type]
    first = np.flatnonzero(np.abs(heard) > 0.01)[0] / 16_000
    assert first == pytest.approx(2.0, abs=0.25)
