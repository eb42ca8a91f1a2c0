"""Original and dub are told apart wherever a voice is heard; a worker that says otherwise is found out."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from live.feed import Event
from media_service.testmedia.generate import generate
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme

from drill.ear import BLOCK, RATE_HZ, Ear, Heard, agreement

FPS = 10
EIGHT = Programme(8, width=160, height=90, fps=Fraction(FPS), gop_s=1.0, video_bit_rate=50_000)
LATER_NS = 5_000_000_000
"""The section's time stamps beside the source's."""
SECOND_NS = 1_000_000_000


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return read(generate(tmp_path_factory.mktemp("ear") / "one.flv", EIGHT))


def _section(source: Media, *dubbed_s: tuple[float, float]) -> Media:
    """The source, later, with its sign changed in these stretches."""
    sound = source.sound
    assert sound is not None
    samples = sound.samples.copy()
    for begin_s, end_s in dubbed_s:
        samples[int(begin_s * sound.rate_hz) : int(end_s * sound.rate_hz)] *= -1
    frames = [replace(frame, pts_ns=frame.pts_ns + LATER_NS) for frame in source.frames or []]
    later = replace(sound, samples=samples, pts_ns=sound.pts_ns + LATER_NS)
    return replace(source, frames=frames, sound=later)


def _slots(*outcomes: str) -> list[Event]:
    """Of 2 s, one after the other."""
    return [
        {"start_ns": 2 * number * SECOND_NS, "duration_ns": 2 * SECOND_NS, "outcome": outcome}
        for number, outcome in enumerate(outcomes)
    ]


def _begins_ns(section: Media) -> int:
    assert section.sound is not None
    return int(section.sound.pts_ns[0])


def test_dub_and_original_are_told_apart(source: Media) -> None:
    section = _section(source, (2, 4), (6, 8))
    heard = Ear(source, FPS).listen(section)
    assert (heard.signs != 0).mean() > 0.9
    found = agreement(
        heard, _slots("fallback", "dubbed", "fallback", "dubbed"), _begins_ns(section) + SECOND_NS // 10
    )
    assert found.blocks > 200
    assert found.wrong == 0


def test_a_slot_that_is_not_what_it_was_said_to_be_is_found(source: Media) -> None:
    section = _section(source, (2, 4), (6, 8))
    heard = Ear(source, FPS).listen(section)
    found = agreement(heard, _slots("fallback", "dubbed", "dubbed", "dubbed"), _begins_ns(section))
    assert found.wrong > 30


def test_a_slot_of_a_blink_before_a_hole_moves_nothing() -> None:
    """It is original and too short to tell; the times are those of a source that was cut as a slot began."""
    edges_ms = (2064, 4048, 6054, 6139, 7441, 9446, 11_430, 13_435, 15_441, 17_446, 19_430)
    spans = [pair for pair in pairwise(edges_ms) if pair != (6139, 7441)]
    slots: list[Event] = [
        {
            "start_ns": begin * 1_000_000,
            "duration_ns": (end - begin) * 1_000_000,
            "outcome": "fallback" if begin == 6054 else "dubbed",
        }
        for begin, end in spans
    ]
    times_ns = np.arange(400_000_000, 17_500_000_000, BLOCK * SECOND_NS // RATE_HZ)
    signs = np.where((times_ns > 6_139_000_000) & (times_ns < 7_441_000_000), 0, -1)
    signs[(times_ns > 6_054_000_000) & (times_ns < 6_139_000_000)] = 1
    found = agreement(Heard(times_ns + 190_000_000, signs.astype(np.int8)), slots, 0)
    assert found.wrong == 0
    assert found.blocks > 500


def test_what_the_operator_wanted_is_what_should_be_heard(source: Media) -> None:
    section = _section(source, (0, 3), (5, 8))
    begins_ns = _begins_ns(section)
    heard = Ear(source, FPS).listen(section)
    slots = _slots("dubbed", "dubbed", "dubbed", "dubbed")
    switched = begins_ns + 3 * SECOND_NS, begins_ns + 5 * SECOND_NS
    assert agreement(heard, slots, begins_ns, switched).wrong == 0
    assert agreement(heard, slots, begins_ns).wrong > 30


def test_where_no_picture_is_nothing_is_said(source: Media) -> None:
    section = _section(source)
    heard = Ear(source, FPS).listen(replace(section, frames=[]))
    assert len(heard.signs) == 0
    assert agreement(heard, _slots("fallback"), 0).blocks == 0


def test_noise_is_neither(source: Media) -> None:
    section = _section(source)
    assert section.sound is not None
    noise = np.random.default_rng(1).normal(0, 0.1, section.sound.samples.shape).astype(np.float32)
    heard = Ear(source, FPS).listen(replace(section, sound=replace(section.sound, samples=noise)))
    assert (heard.signs != 0).mean() < 0.02
