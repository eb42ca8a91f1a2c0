"""Is it speech, where is it, and how quiet is its end."""

import os
import threading

import numpy as np
import pytest
from speech import VOICES, say
from sts_service.full import speech
from sts_service.full.speech import is_speech, quiet_at_end_s, span

from full_stream.sounds import noise, silence, spoken


@pytest.mark.parametrize("voice", VOICES)
def test_speech_is_speech(voice: str) -> None:
    assert is_speech(say("Good evening.", voice), 0.0)


@pytest.mark.parametrize("what", [silence(6.0, 16_000), noise(6.0, 16_000)], ids=["silence", "noise"])
def test_what_is_no_speech_is_none(what: np.ndarray) -> None:
    assert not is_speech(what, 0.0)
    assert span(what) is None


def test_speech_in_the_lead_in_alone_does_not_count() -> None:
    sound = np.concatenate([say("Good evening."), silence(2.0, 16_000)])
    begin_s = len(say("Good evening.")) / 16_000
    assert is_speech(sound, 0.0)
    assert not is_speech(sound, begin_s + 0.1)


def test_a_word_of_a_tenth_of_a_second_is_found() -> None:
    assert is_speech(say("Good evening.")[3200:4800], 0.0)


def test_the_span_is_where_the_speech_is() -> None:
    found = span(spoken(6.0, 16_000, "Good evening.", at_s=2.0))
    assert found is not None
    assert found.start_s == pytest.approx(2.1, abs=0.2)
    assert found.end_s == pytest.approx(2.0 + len(say("Good evening.")) / 16_000, abs=0.25)


def test_two_threads_do_not_disturb_each_other() -> None:
    sound, expected = spoken(3.0, 16_000), span(spoken(3.0, 16_000))
    found = []
    threads = [threading.Thread(target=lambda: found.append(span(sound))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [expected] * 4


@pytest.mark.parametrize("before", [None, "7"])
def test_the_limit_on_threads_is_no_other_library_s_business(
    before: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    if before:
        monkeypatch.setenv("OMP_THREAD_LIMIT", before)
    speech._load()
    assert os.environ.get("OMP_THREAD_LIMIT") == before


@pytest.mark.parametrize("quiet_s", [0.0, 0.05, 0.3])
def test_the_quiet_at_the_end_is_measured(quiet_s: float) -> None:
    loud = np.random.default_rng(1).uniform(-0.3, 0.3, 16_000).astype(np.float32)
    hum = 0.001 * np.ones(round(quiet_s * 16_000), np.float32)
    assert quiet_at_end_s(np.concatenate([loud, hum])) == pytest.approx(quiet_s, abs=0.011)


def test_silence_is_quiet_from_its_beginning() -> None:
    assert quiet_at_end_s(silence(1.0, 16_000)) == pytest.approx(1.0)
    assert quiet_at_end_s(silence(0.001, 16_000)) == 0.0
