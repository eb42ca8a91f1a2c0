"""English speech goes in and comes back in Spanish, by engines that a bare machine has."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from speech import UNSEEN, VOICES, word_error_rate
from sts_service.asr.pocketsphinx import PocketSphinx
from sts_service.engines import EngineSettings, NotHere
from sts_service.full.speech import span
from sts_service.translation.apertium import SPEC as APERTIUM
from sts_service.translation.apertium import Apertium
from sts_service.translation.apertium_modes import installed
from sts_service.tts.espeak import SPEC as ESPEAK
from wire.http import request

from dubbing.dubs import Dub, Format, Spoken, dubbed, likeness, loud_span_s, pairs
from dubbing.program import Program, program

pytestmark = pytest.mark.timeout(300)

SENTENCES = UNSEEN[2:6]
FORMS: list[tuple[Format, int, int]] = [
    (form, rate_hz, channels)
    for form in ("m4a", "pcm_s16le")
    for rate_hz in (16_000, 44_100, 48_000)
    for channels in (1, 2)
]
POINTS = 0.02


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    for spec in (APERTIUM, ESPEAK):
        try:
            spec.check(EngineSettings())
        except NotHere as reason:
            pytest.skip(str(reason))
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    with program(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="module")
def readings(service: Program) -> list[Dub]:
    """Sentences that nothing was tuned on, by several voices."""
    streams = [[Spoken(text, voice) for text in SENTENCES] for voice in VOICES]
    return asyncio.run(dubbed(service.url, streams))


@pytest.fixture(scope="module")
def forms(service: Program) -> list[Dub]:
    """A sentence in every form that the protocol knows, each a stream of its own."""
    each = [[Spoken(UNSEEN[5], "rms", rate, form, channels)] for form, rate, channels in FORMS]
    return [
        dub for at in range(0, len(each), 4) for dub in asyncio.run(dubbed(service.url, each[at : at + 4]))
    ]


@pytest.fixture(scope="module")
def all_dubs(readings: list[Dub], forms: list[Dub]) -> list[Dub]:
    return [*readings, *forms]


async def test_it_says_which_engine_serves_each_stage(service: Program) -> None:
    serving = [message for message in service.messages() if " serves this stage" in message]
    assert [message.split(" serves")[0] for message in serving] == [
        "asr: pocketsphinx",
        "translation: apertium",
        "tts: espeak",
    ]
    assert "espeak" in (await request(f"{service.url}/ready")).text


def test_speech_is_heard_as_well_as_by_the_engine_alone(readings: list[Dub]) -> None:
    engine = PocketSphinx()
    lines, alone = [], []
    for voice in VOICES:
        own = [dub for dub in readings if dub.source.voice == voice]
        heard = [asyncio.run(engine.transcribe(dub.source.heard, "en", "")).text for dub in own]
        said = [(dub.source.text, text) for dub, text in zip(own, heard, strict=True)]
        alone += said
        lines.append(f"{voice}: {_percent(pairs(own))}, the engine alone {_percent(said)}")
    lines.append(f"all: {_percent(pairs(readings))}, the engine alone {_percent(alone)}")
    print("\nword error rates: " + "; ".join(lines))  # noqa: T201 - shown by `pytest -s`
    assert word_error_rate(pairs(readings)) <= word_error_rate(alone) + POINTS, lines
    assert word_error_rate(alone) < 0.15, lines


def _percent(said: list[tuple[str, str]]) -> str:
    return f"{100 * word_error_rate(said):.1f} %"


def test_the_translation_is_apertiums_of_that_transcript(all_dubs: list[Dub]) -> None:
    async def translated() -> list[str]:
        apertium = Apertium(installed())
        texts = [dub.result["transcript"] for dub in all_dubs]
        try:
            return [(await apertium.translate(text, "en", "es", "")).text for text in texts]
        finally:
            await apertium.close()

    expected = asyncio.run(translated())
    assert [dub.result["translated_text"] for dub in all_dubs] == expected
    assert all(expected)


def test_a_transcript_has_case_and_a_period(readings: list[Dub]) -> None:
    for dub in readings:
        assert dub.result["transcript"][0].isupper()
        assert dub.result["transcript"].endswith(".")


def test_every_form_is_answered_in_kind_and_exactly_as_long(forms: list[Dub]) -> None:
    """Counted after decoding, priming and padding left out."""
    for (form, rate_hz, channels), dub in zip(FORMS, forms, strict=True):
        told = dub.result["dubbed_audio"]
        assert (told["format"], told["sample_rate_hz"], told["channels"]) == (form, rate_hz, channels)
        assert dub.clip.length == told["samples"] == dub.length
        assert dub.clip.samples.shape == (dub.length, channels)
        assert np.abs(dub.clip.samples).max(axis=0).min() > 0.05, "a channel is silent"


def test_the_same_sentence_is_the_same_in_every_form(forms: list[Dub]) -> None:
    """A codec and a resampler change a sound a little, and a word at most."""
    for dub in forms:
        assert word_error_rate(pairs([dub])) <= 0.2, dub.result["transcript"]


def test_what_comes_back_is_speech_and_not_the_source(all_dubs: list[Dub]) -> None:
    for dub in all_dubs:
        assert dub.result["status"] == "success", dub.result
        sound, source = dub.mono_16k, dub.source.heard
        found, expected = span(sound), span(source)
        assert found is not None, "no speech"
        assert expected is not None
        length_s, source_s = found.end_s - found.start_s, expected.end_s - expected.start_s
        # Spanish takes longer, and every slot has room for that.
        assert 0.5 < length_s / source_s < 1.9
        told = dub.result["metadata"]
        spoken_s = told["natural_duration_ms"] / 1000 / told["speed_ratio"]
        assert length_s == pytest.approx(spoken_s, abs=0.4)
        assert likeness(sound, source) < 0.4
        assert likeness(source, source) > 0.99, "else it tells nothing"


def test_a_dub_begins_where_its_source_begins(all_dubs: list[Dub]) -> None:
    for dub in all_dubs:
        begin_s, end_s = loud_span_s(dub.mono_16k, 16_000)
        source_s, _ = loud_span_s(dub.source.heard, 16_000)
        assert begin_s == pytest.approx(source_s, abs=0.3), dub.source
        assert begin_s == pytest.approx(dub.result["metadata"]["onset_ms"] / 1000, abs=0.15)
        assert end_s <= dub.length / dub.source.rate_hz


def test_a_dub_is_as_loud_as_its_source(all_dubs: list[Dub]) -> None:
    """Roughly: what is exact about it is measured in the tests of the fitting."""
    for dub in all_dubs:
        levels = [np.sqrt(np.mean(np.square(sound))) for sound in (dub.mono_16k, dub.source.heard)]
        assert 0.4 < levels[0] / levels[1] < 2.5


def test_each_result_tells_what_made_it(all_dubs: list[Dub]) -> None:
    for dub in all_dubs:
        assets = dub.result["metadata"]["assets"]
        engines = [asset.get("engine") for asset in assets]
        assert engines == [None, "pocketsphinx", "apertium", "espeak"]


def test_no_speech_and_no_key_is_in_the_log(service: Program, all_dubs: list[Dub]) -> None:
    log = Path(service.log).read_text()
    for dub in all_dubs:
        assert dub.result["transcript"] not in log
        assert dub.result["translated_text"] not in log
