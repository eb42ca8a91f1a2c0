import itertools
import os
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.segment.pause import PauseCutter
from media_service.segment.voice import HeardUnit, VoiceActivity
from media_service.timeline.units import Sound

from segments.voices import hiss, spoken

WINDOW = 1536
"""Lane samples of 32 ms."""
SECOND = 48_000


class LoudIsSpeech:
    """Stands in for the model: what it is given, and a probability that is the window's peak."""

    def __init__(self) -> None:
        self.windows: list[Sequence[float]] = []
        self.resets = 0

    def process_samples(self, samples: Sequence[float]) -> float:
        assert len(samples) == 512
        self.windows.append(samples)
        return min(1.0, max(map(abs, samples)))

    def reset(self) -> None:
        self.resets += 1


def heard(voice: VoiceActivity, sound: Sound, *, start: int = 0, width: int = 1024) -> list[HeardUnit]:
    units = []
    for at in range(0, len(sound), width):
        units += voice.hear(start + at, sound[at : at + width])
    return units + voice.finish()


@pytest.mark.parametrize("width", [1024, 1115, 480, 4800])
def test_a_sound_is_heard_in_the_units_whose_windows_it_lies_in(width: int) -> None:
    sound = np.zeros((10 * SECOND // width * width, 2), np.float32)
    loud_from, loud_until = 100 * WINDOW + 200, 130 * WINDOW - 200
    sound[loud_from:loud_until] = 0.8
    for unit in heard(VoiceActivity(LoudIsSpeech()), sound, width=width):
        touched = unit.start < 130 * WINDOW and unit.end > 100 * WINDOW
        assert (unit.speech > 0.5) is touched


def test_an_impulse_is_in_the_window_where_it_was() -> None:
    model = LoudIsSpeech()
    sound = np.zeros((3 * SECOND, 2), np.float32)
    for number in range(5, 85, 7):
        sound[number * WINDOW + 3 * (number % 400) + 300] = 1.0
    heard(VoiceActivity(model), sound)
    for number in range(5, 85, 7):
        window = np.abs(model.windows[number])
        assert abs(int(window.argmax()) - (number % 400 + 100)) <= 1


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 6000), min_size=1, max_size=30), st.integers(-(10**12), 10**12))
def test_every_unit_comes_back_once_in_order_and_soon(widths: list[int], start: int) -> None:
    voice = VoiceActivity(LoudIsSpeech())
    given_, known = start, []
    for width in widths:
        units = voice.hear(given_, np.zeros((width, 2), np.float32))
        given_ += width
        known += units
        waiting_since = known[-1].end if known else start
        # All that ends 33 ms before the newest sample is known.
        assert all(
            edge > given_ - 1600 or edge <= waiting_since for edge in np.cumsum([start, *widths]).tolist()
        )
    known += voice.finish()
    edges = np.cumsum([start, *widths]).tolist()
    assert [(unit.start, unit.end) for unit in known] == list(itertools.pairwise(edges))


def test_the_level_is_the_units_own() -> None:
    sound = np.concatenate([np.full((1024, 2), 0.1, np.float32), np.zeros((1024, 2), np.float32)])
    loud, silent = heard(VoiceActivity(LoudIsSpeech()), sound)
    assert loud.level_db == pytest.approx(-20, abs=0.1)
    assert silent.level_db < -100


def test_each_epoch_begins_with_a_model_that_heard_nothing() -> None:
    model = LoudIsSpeech()
    voice = VoiceActivity(model)
    assert voice.finish() == []
    for start in (0, 10**9):
        units = heard(voice, np.zeros((5000, 2), np.float32), start=start)
        assert units[0].start == start
        assert units[-1].end == start + 5000
    assert model.resets == 2


def test_units_follow_one_another() -> None:
    voice = VoiceActivity(LoudIsSpeech())
    voice.hear(0, np.zeros((1024, 2), np.float32))
    assert voice.hear(1024, np.zeros((0, 2), np.float32)) == []
    with pytest.raises(ValueError, match="does not follow"):
        voice.hear(1000, np.zeros((1024, 2), np.float32))


@pytest.mark.parametrize("limit", [None, "7"])
def test_loading_the_model_leaves_the_environment_alone(
    limit: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if limit is None:
        monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
    else:
        monkeypatch.setenv("OMP_THREAD_LIMIT", limit)
    VoiceActivity()
    assert os.environ.get("OMP_THREAD_LIMIT") == limit


def test_the_real_model_finds_the_pauses_between_the_sentences() -> None:
    parts = [hiss(1), spoken(3), hiss(0.8), spoken(3, seed=3), hiss(0.8), spoken(2.5, seed=5), hiss(1)]
    sound = np.concatenate(parts)
    edges = np.cumsum([len(part) for part in parts]).tolist()
    voice, cutter = VoiceActivity(), PauseCutter(minimum=2 * SECOND, maximum=6 * SECOND)
    units = heard(voice, sound)
    for begin, end in ((edges[0], edges[1]), (edges[2], edges[3])):
        inside = [unit.speech for unit in units if begin + 9600 < unit.start and unit.end < end - 9600]
        assert np.mean([speech > 0.35 for speech in inside]) > 0.9
    cuts = [cutter.unit(unit.start, unit.end, unit.speech, unit.level_db) for unit in units]
    ends = [cut.end for cut in cuts if cut is not None]
    assert edges[1] < ends[0] < edges[2]
    assert edges[3] < ends[1] < edges[4]
