"""What PocketSphinx makes of sound, by the interface of a transcriber."""

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from speech import NEWS, RATE_HZ, UNSEEN, gap, join, say, word_error_rate
from sts_service.asr.loud_part import loud_part
from sts_service.asr.pocketsphinx import SPEC, PocketSphinx
from sts_service.engines import EngineError, EngineSettings, NotHere

SENTENCE = UNSEEN[5]


async def test_a_clear_voice_is_understood(pocketsphinx: PocketSphinx) -> None:
    """3 % is what it was measured at; one word more or less in these is 2 %."""
    pairs = [(text, (await pocketsphinx.transcribe(say(text), "en-GB", "")).text) for text in UNSEEN[:4]]
    assert word_error_rate(pairs) <= 0.08


async def test_a_call_does_not_depend_on_what_was_heard_before(pocketsphinx: PocketSphinx) -> None:
    """Neither on the noise of it nor on its voice, down to the words' times and probabilities."""
    sound = say(SENTENCE, "awb")
    hiss = (0.2 * np.random.default_rng(2).standard_normal(RATE_HZ)).astype(np.float32)
    first = await pocketsphinx.transcribe(sound, "en", "")
    await pocketsphinx.transcribe(hiss, "en", "")
    assert await pocketsphinx.transcribe(sound, "en", "") == first
    assert await PocketSphinx().transcribe(sound, "en", "") == first


async def test_words_are_where_they_are_said(pocketsphinx: PocketSphinx) -> None:
    """Silence before the speech moves all of them by its length, also where it is long."""
    sound = say(SENTENCE)
    plain = await pocketsphinx.transcribe(sound, "en", "")
    later = await pocketsphinx.transcribe(join([gap(3.1), sound]), "en", "")
    assert later.text == plain.text
    words = [word for segment in plain.segments for word in segment.words]
    moved = [word for segment in later.segments for word in segment.words]
    assert [word.text for word in words] == plain.text.split()
    for word, other in zip(words, moved, strict=True):
        assert other.start_s - word.start_s == pytest.approx(3.1, abs=0.05)
        assert 0 <= word.start_s < word.end_s <= len(sound) / RATE_HZ + 0.05
    for word, following in itertools.pairwise(words):
        assert word.end_s <= following.start_s + 1e-6


async def test_a_pause_begins_a_segment(pocketsphinx: PocketSphinx) -> None:
    heard = await pocketsphinx.transcribe(join([say(NEWS[0]), gap(0.8), say(SENTENCE)]), "en", "")
    first, second = heard.segments
    assert f"{first.text} {second.text}" == heard.text
    assert second.start_s - first.end_s >= 0.35
    assert (first.start_s, first.end_s) == (first.words[0].start_s, first.words[-1].end_s)


async def test_a_word_cut_off_at_the_end_does_not_cost_all_the_others(pocketsphinx: PocketSphinx) -> None:
    """Of this stretch the recogniser's lattice has no path, and it would say nothing."""
    sound = join([say(NEWS[3]), gap(0.3), say(NEWS[4])])[45_200:157_200]
    heard = await pocketsphinx.transcribe(sound, "en", "")
    assert "police say three people were injured after a fire" in heard.text
    assert heard.confidence is None
    assert (await pocketsphinx.transcribe(say(SENTENCE), "en", "")).confidence is not None


async def test_fillers_and_variants_of_pronunciation_do_not_show(pocketsphinx: PocketSphinx) -> None:
    """`the(2)` is `the`, and `<sil>`, `[NOISE]`, `++UH++` are no words."""
    heard = await pocketsphinx.transcribe(join([say(NEWS[1]), gap(0.5), say(NEWS[2])]), "en", "")
    assert heard.text
    assert not set("()<>[]+0123456789") & set(heard.text)


@pytest.mark.parametrize("level", [0.01, 1.6])
async def test_soft_and_clipped_speech_is_understood(pocketsphinx: PocketSphinx, level: float) -> None:
    sound = np.clip(say(SENTENCE) * level / 0.6, -1, 1)
    heard = await pocketsphinx.transcribe(sound, "en", "")
    assert word_error_rate([(SENTENCE, heard.text)]) <= 0.25


async def test_broken_samples_are_taken_for_silence(pocketsphinx: PocketSphinx) -> None:
    sound = say(SENTENCE).copy()
    sound[:100] = np.nan
    sound[-100:] = np.inf
    assert word_error_rate([(SENTENCE, (await pocketsphinx.transcribe(sound, "en", "")).text)]) <= 0.25
    assert (await pocketsphinx.transcribe(np.full(1600, np.nan, np.float32), "en", "")).text == ""


async def test_other_languages_are_refused(pocketsphinx: PocketSphinx) -> None:
    with pytest.raises(EngineError) as refused:
        await pocketsphinx.transcribe(say(SENTENCE), "de-DE", "")
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE


async def test_a_failed_call_is_an_engine_error_and_the_next_one_works(
    pocketsphinx: PocketSphinx, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def reinit_feat(self) -> None:
            raise RuntimeError(SENTENCE)

    sound = say(SENTENCE)[:RATE_HZ]
    expected = await pocketsphinx.transcribe(sound, "en", "")
    monkeypatch.setattr(pocketsphinx, "_decoder", Broken())
    with pytest.raises(EngineError) as failed:
        await pocketsphinx.transcribe(sound, "en", "")
    assert failed.value.code == ErrorCode.MODEL_ERROR
    assert SENTENCE not in failed.value.message
    assert await pocketsphinx.transcribe(sound, "en", "") == expected


def test_it_says_how_to_install_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sts_service.asr.pocketsphinx.find_spec", lambda _: None)
    with pytest.raises(NotHere, match=r"^pocketsphinx is not installed: pip install pocketsphinx$"):
        SPEC.check(EngineSettings())

    class Found:
        submodule_search_locations = [str(tmp_path)]

    found: Any = Found()
    monkeypatch.setattr("sts_service.asr.pocketsphinx.find_spec", lambda _: found)
    with pytest.raises(NotHere, match="without its English model"):
        SPEC.make(EngineSettings())
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(NotHere, match="pip install pocketsphinx"):
        PocketSphinx()


def test_the_silence_around_speech_is_left_out() -> None:
    tone = (0.3 * np.sin(np.arange(RATE_HZ) / 5)).astype(np.float32)
    hiss = 1e-3 * np.ones(RATE_HZ, np.float32)
    part = loud_part(np.concatenate([hiss, tone, hiss]), RATE_HZ)
    assert part is not None
    assert part.start == pytest.approx(0.75 * RATE_HZ, abs=0.02 * RATE_HZ)
    assert part.stop == pytest.approx(2.25 * RATE_HZ, abs=0.02 * RATE_HZ)
    # All of it where there is none.
    assert loud_part(tone, RATE_HZ) == range(len(tone))
    assert loud_part(np.full(RATE_HZ, 5e-4, np.float32), RATE_HZ) is None
    assert loud_part(np.zeros(0, np.float32), RATE_HZ) is None
