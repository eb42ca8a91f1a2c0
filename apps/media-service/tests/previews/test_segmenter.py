"""Where segments are cut: everything once and in order, at keyframes, the sound where the picture is."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import pytest
from fragment_audio.format import AudioFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.transport_stream import SoundFrame
from media_service.preview.segmenter import (
    LATE_NS,
    LONGEST_NS,
    MOST_BYTES,
    NO_PICTURE_NS,
    SEGMENT_NS,
    Segment,
    Segmenter,
)
from media_service.timeline.units import SECOND_NS

H264 = PictureFormat("h264", 0, 0, b"one")
OTHER = PictureFormat("h264", 0, 0, b"another")
AAC = AudioFormat("aac", 48_000, 2, bytes([0x11, 0x90]))
PICTURE_NS = SECOND_NS // 25
FRAME_NS = 1024 * SECOND_NS // 48_000


@dataclass(frozen=True)
class Given:
    at_ns: int
    """When it comes."""
    unit: AccessUnit | None = None
    frame: SoundFrame | None = None


def unit(number: int, *, gop: int, shown: int | None = None, size: int = 10) -> AccessUnit:
    pts_ns = (number if shown is None else shown) * PICTURE_NS
    return AccessUnit(
        number.to_bytes(4) * size, pts_ns + 2 * PICTURE_NS, number * PICTURE_NS, number % gop == 0
    )


def pictures(count: int, gop: int, first: int = 0) -> list[Given]:
    """In decoding order; each third one is shown before the two that it follows."""
    order = {0: 0, 1: 3, 2: 1, 3: 2}
    found = []
    for number in range(first, first + count):
        place = number % gop
        shown = number if gop < 4 or place // 4 * 4 + 4 > gop else number - place % 4 + order[place % 4]
        found.append(Given(number * PICTURE_NS, unit=unit(number, gop=gop, shown=shown)))
    return found


def sound(from_ns: int, to_ns: int, late_ns: int = 0) -> list[Given]:
    stamps = range(from_ns // FRAME_NS, to_ns // FRAME_NS)
    return [Given(n * FRAME_NS + late_ns, frame=SoundFrame(n * FRAME_NS, n.to_bytes(4))) for n in stamps]


def cut(given_: Iterable[Given], segmenter: Segmenter | None = None, *, end: bool = True) -> list[Segment]:
    segmenter = segmenter or Segmenter()
    found: list[Segment] = []
    for item in sorted(given_, key=lambda item: item.at_ns):
        if item.unit is not None:
            found += segmenter.picture(item.unit, H264)
        if item.frame is not None:
            found += segmenter.heard(item.frame, AAC)
    return [*found, *segmenter.end()] if end else found


@given(
    gop=st.integers(1, 700),
    length=st.integers(30, 1500),
    sound_late_ms=st.integers(-1500, 3000),
    sound_from_ms=st.integers(0, 2500),
)
@settings(max_examples=50, deadline=None)
def test_everything_is_in_one_segment_once_and_in_order(
    gop: int, length: int, sound_late_ms: int, sound_from_ms: int
) -> None:
    shown = pictures(length, gop)
    heard = sound(sound_from_ms * 1_000_000, length * PICTURE_NS, sound_late_ms * 1_000_000)
    found = cut([*shown, *heard])
    units = [unit for segment in found for unit in segment.units]
    assert units == [item.unit for item in shown]
    stamps = [frame.pts_ns for segment in found for frame in segment.frames]
    first_ns = shown[0].unit.pts_ns if shown[0].unit else 0
    assert stamps == [item.frame.pts_ns for item in heard if item.frame and item.frame.pts_ns >= first_ns]
    for before, after in pairwise(found):
        assert before.end_ns == after.start_ns
        longest = max(SEGMENT_NS + gop * PICTURE_NS, SEGMENT_NS)
        assert before.end_ns - before.start_ns <= min(longest, LONGEST_NS + 8 * PICTURE_NS)
        assert after.units[0].keyframe or before.end_ns - before.start_ns >= LONGEST_NS - 8 * PICTURE_NS
    for segment in found:
        assert all(segment.start_ns <= unit.pts_ns for unit in segment.units)
        assert all(segment.start_ns <= frame.pts_ns < segment.end_ns for frame in segment.frames)


@pytest.mark.parametrize(("gop", "length_s"), [(25, 2.0), (50, 2.0), (37, 2.96), (100, 4.0), (5, 2.0)])
def test_a_segment_is_two_seconds_or_the_group_of_pictures(gop: int, length_s: float) -> None:
    found = cut([*pictures(600, gop), *sound(0, 24 * SECOND_NS)], end=False)
    assert len(found) > 3
    assert {(one.end_ns - one.start_ns) / 1e9 for one in found} == {length_s}
    assert [one.continues for one in found] == [False] + [True] * (len(found) - 1)


def test_without_a_keyframe_for_long_it_is_cut_all_the_same() -> None:
    found = cut([*pictures(1300, 5000), *sound(0, 52 * SECOND_NS)], end=False)
    assert [round((one.end_ns - one.start_ns) / 1e9) for one in found] == [20, 20]
    assert found[1].continues


def test_pictures_before_the_first_keyframe_are_left_out_and_so_is_their_sound() -> None:
    found = cut([*pictures(200, 50)[20:], *sound(0, 8 * SECOND_NS)])
    assert found[0].units[0].dts_ns == 2 * SECOND_NS
    assert found[0].frames[0].pts_ns >= found[0].start_ns == 2 * SECOND_NS + 2 * PICTURE_NS


def test_who_joins_within_a_long_group_of_pictures_waits_for_its_keyframe() -> None:
    joined = [*pictures(400, 250)[60:], *sound(2 * SECOND_NS, 16 * SECOND_NS)]
    found = cut(joined)
    assert found[0].units[0].dts_ns == 250 * PICTURE_NS
    assert all(one.units for one in found)


def test_pictures_that_are_shown_before_the_keyframe_they_follow_are_in_its_segment() -> None:
    """An open group: two B-frames come after the keyframe, and are shown before it."""
    shown: list[Given] = []
    for number in range(200):
        place = number % 50
        at = number + (2 if number and place == 0 else -1 if number > 2 and place in (1, 2) else 0)
        shown.append(Given(number * PICTURE_NS, unit=unit(number, gop=50, shown=at)))
    found = cut([*shown, *sound(0, 9 * SECOND_NS, -SECOND_NS)], end=False)
    assert len(found) == 3
    for one in found[1:]:
        assert [unit.pts_ns - one.units[0].pts_ns for unit in one.units[:3]] == [
            0,
            -2 * PICTURE_NS,
            -PICTURE_NS,
        ]
        assert one.start_ns == one.units[1].pts_ns
        assert one.frames[0].pts_ns - one.start_ns < FRAME_NS


def test_sound_alone_is_cut_every_two_seconds() -> None:
    found = cut(sound(0, 9 * SECOND_NS), end=False)
    assert [len(one.units) for one in found] == [0] * 4
    assert [(one.end_ns - one.start_ns) / 1e9 for one in found] == pytest.approx([2.0] * 4, abs=0.03)
    assert [one.continues for one in found] == [False, True, True, True]


def test_nobody_waits_for_a_picture_that_never_comes() -> None:
    segmenter = Segmenter()
    assert cut(sound(0, NO_PICTURE_NS - SECOND_NS), segmenter, end=False) == []
    assert cut(sound(NO_PICTURE_NS, NO_PICTURE_NS + SECOND_NS), segmenter, end=False)


def test_a_picture_that_comes_later_is_a_discontinuity() -> None:
    found = cut([*sound(0, 12 * SECOND_NS), *pictures(125, 25, first=175)], end=False)
    kinds = [(bool(one.units), one.continues) for one in found]
    change = [kind for kind, _ in kinds].index(True)
    assert not kinds[change][1]
    assert all(pictured and goes_on for pictured, goes_on in kinds[change + 1 :])
    assert found[change].start_ns == 177 * PICTURE_NS


def test_where_the_picture_stops_the_sound_goes_on_and_the_next_keyframe_joins() -> None:
    heard = sound(0, 30 * SECOND_NS)
    found = cut([*pictures(130, 50), *pictures(150, 50, first=620), *heard], end=False)
    assert [bool(one.units) for one in found][:3] == [True, True, True]
    alone = [one for one in found if not one.units]
    assert len(alone) > 5
    assert not alone[0].continues
    back = next(one for one in found if one.start_ns > 20 * SECOND_NS and one.units)
    assert back.units[0].keyframe
    assert not back.continues
    assert max(one.end_ns - one.start_ns for one in found) < 4 * SECOND_NS


def test_a_segment_waits_for_its_sound_and_no_longer_than_it_may() -> None:
    assert cut(pictures(100, 50), end=False) == []
    found = cut(pictures(400, 50), end=False)
    assert found
    assert found[0].sound is None
    assert found[-1].end_ns <= 400 * PICTURE_NS - LATE_NS + SECOND_NS


def test_tracks_that_come_in_turns_are_put_together() -> None:
    burst: list[Given] = []
    for turn in range(4):
        begin = turn * 6 * SECOND_NS
        burst += [Given(begin, unit=one.unit) for one in pictures(150, 50, first=turn * 150)]
        burst += [Given(begin + 1, frame=one.frame) for one in sound(begin, begin + 6 * SECOND_NS)]
    found = cut(burst, Segmenter(12 * SECOND_NS))
    assert all(one.units and one.frames for one in found[:-1])
    assert all(one.continues for one in found[1:-1])


@pytest.mark.parametrize("what", ["break", "picture", "sound"])
def test_what_does_not_continue_is_said_to(what: str) -> None:
    segmenter = Segmenter()
    found = cut([*pictures(150, 50), *sound(0, 6 * SECOND_NS)], segmenter, end=False)
    if what == "break":
        found += segmenter.end()
    later = [*pictures(150, 50, first=150), *sound(6 * SECOND_NS, 12 * SECOND_NS)]
    for item in sorted(later, key=lambda item: item.at_ns):
        if item.unit:
            found += segmenter.picture(item.unit, OTHER if what == "picture" else H264)
        if item.frame:
            coding = AudioFormat("aac", 44_100, 2, bytes([0x12, 0x10])) if what == "sound" else AAC
            found += segmenter.heard(item.frame, coding)
    after = [one for one in found if one.start_ns >= 6 * SECOND_NS]
    assert after[0].units[0].keyframe
    assert [one.continues for one in after[:2]] == [False, True]
    assert all(one.continues for one in found[1 : len(found) - len(after) - 1])


@pytest.mark.parametrize("first", ["picture", "sound"])
def test_a_source_that_comes_back_with_other_tracks_is_one_discontinuity(first: str) -> None:
    segmenter = Segmenter()
    found = cut([*pictures(150, 50), *sound(0, 6 * SECOND_NS)], segmenter)
    other = AudioFormat("aac", 44_100, 2, bytes([0x12, 0x10]))
    early_ns = 40_000_000 if first == "sound" else -40_000_000
    later = [*pictures(200, 50, first=250), *sound(10 * SECOND_NS, 18 * SECOND_NS, -early_ns)]
    for item in sorted(later, key=lambda item: item.at_ns):
        found += segmenter.picture(item.unit, OTHER) if item.unit else []
        found += segmenter.heard(item.frame, other) if item.frame else []
    after = [one for one in found if one.start_ns >= 10 * SECOND_NS]
    assert [one.continues for one in after] == [False] + [True] * (len(after) - 1)
    assert after[0].end_ns - after[0].start_ns == SEGMENT_NS
    assert after[0].sound == other


def test_what_waits_is_bounded_in_bytes() -> None:
    segmenter = Segmenter()
    most = 0
    fat = bytes(1024 * 1024)
    for number in range(300):
        list(segmenter.picture(AccessUnit(fat, number * PICTURE_NS, number * PICTURE_NS, number == 0), H264))
        most = max(most, segmenter._bytes)
    assert most <= MOST_BYTES + 16 * len(fat)
