"""The engines that need nothing."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.asr import Transcript, Word, scripted
from sts_service.asr.scripted import read_subtitles
from sts_service.engines import EngineSettings, NotHere
from sts_service.translation import identity
from sts_service.tts import tone

SRT = """1
00:00:01,000 --> 00:00:03,000
Good evening,
<i>Madrid</i>

2
01:00:00,500 --> 01:00:01,500 X1:0
late
"""
VTT = """WEBVTT

intro
00:01.000 --> 00:03.000 align:start
Good evening, Madrid

00:05.000 --> 00:06.000

"""


def test_words_are_spread_over_their_cue() -> None:
    words = read_subtitles(SRT)
    assert [word.text for word in words] == ["Good", "evening,", "Madrid", "late"]
    assert [word.start_s for word in words] == pytest.approx([1, 1 + 2 / 3, 1 + 4 / 3, 3600.5])


def test_webvtt_is_read_as_well() -> None:
    assert read_subtitles(VTT) == read_subtitles(SRT)[:3]
    assert read_subtitles(VTT.replace("\n", "\r\n")) == read_subtitles(VTT)


@pytest.mark.parametrize("text", ["", "WEBVTT\n\n", "00:02.000 --> 00:01.000\nbackwards\n"])
def test_what_is_no_transcript_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "it.srt"
    path.write_text(text)
    with pytest.raises(NotHere, match=f"SCRIPTED_TRANSCRIPT: {path}"):
        scripted.SPEC.make(EngineSettings(scripted_transcript=str(path)))


def test_a_missing_transcript_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotHere, match="there is no file"):
        scripted.SPEC.check(EngineSettings(scripted_transcript=str(tmp_path / "none.srt")))
    with pytest.raises(NotHere, match="set SCRIPTED_TRANSCRIPT"):
        scripted.SPEC.check(EngineSettings())


@given(cuts=st.lists(st.integers(1, 5_900), max_size=8))
async def test_however_a_stream_is_cut_each_word_is_heard_once(cuts: list[int]) -> None:
    """Cut at whole milliseconds."""
    engine = scripted.Scripted(read_subtitles(SRT))
    edges_ms = [0, *sorted(set(cuts)), 6_000]
    heard: list[str] = []
    for start_ms, end_ms in pairwise(edges_ms):
        samples = np.zeros((end_ms - start_ms) * 16, np.float32)
        part = await engine.transcribe(samples, "en", "", start_ns=start_ms * 1_000_000)
        assert all(0 <= word.start_s <= word.end_s <= len(samples) / 16_000 for word in _words(part))
        heard += part.text.split()
    assert heard == ["Good", "evening,", "Madrid"]


def _words(part: Transcript) -> list[Word]:
    return [word for segment in part.segments for word in segment.words]


async def test_identity_gives_the_text_back_and_serves_one_language_only() -> None:
    assert (await identity.SPEC.make(EngineSettings()).translate("hola", "es", "es-419", "")).text == "hola"
    offer = identity.SPEC.check(EngineSettings())
    assert offer.serves("es-ES", "es-419")
    assert not offer.serves("en", "es")


async def test_a_tone_lasts_as_long_as_the_text_would_and_has_soft_edges() -> None:
    speech = await tone.SPEC.make(EngineSettings()).speak("a" * 100, "es", {})
    assert len(speech.samples) == 6 * speech.rate_hz
    assert np.abs(speech.samples[[0, -1]]).max() < 0.01
    spectrum = np.abs(np.fft.rfft(speech.samples))
    assert spectrum.argmax() / 6 == pytest.approx(240, abs=1)
