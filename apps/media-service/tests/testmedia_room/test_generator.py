from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.slices import annexb
from media_service.testmedia import copied, sound_faults, strip
from media_service.testmedia.analysis import in_sync
from media_service.testmedia.encode import audio, split, video
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme

from testmedia_room.conftest import Make

SHORT = Programme(duration_s=4.0, width=320, height=180)


@given(st.integers(0, 2**20 - 1), st.integers(0, 255))
def test_the_strip_gives_back_the_number_and_the_second(number: int, second: int) -> None:
    luma = np.full((180, 320), 100, np.uint8)
    strip.draw(luma, strip.Mark(number, second))
    assert strip.read(luma) == strip.Mark(number, second)


def test_a_picture_without_a_strip_has_no_number() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (90, 180, 320), dtype=np.uint8)
    assert sum(strip.read(luma) is not None for luma in noise) < 20


@pytest.mark.parametrize(
    ("suffix", "changes", "tolerance_ms"),
    [
        (".ts", {}, 0.1),
        (".flv", {}, 0.1),
        pytest.param(".mp4", {}, 0.1, marks=pytest.mark.slow),
        (".mkv", {"audio": "opus"}, 1.0),
        (".flv", {"rate_hz": 44_100}, 0.5),
        pytest.param(".ts", {"rate_hz": 44_100, "channels": 1}, 0.1, marks=pytest.mark.slow),
        (".ts", {"video": "h265"}, 0.1),
        pytest.param(".ts", {"audio": "mp3", "rate_hz": 44_100}, 0.1, marks=pytest.mark.slow),
        pytest.param(".ts", {"audio": "ac3", "channels": 6}, 0.1, marks=pytest.mark.slow),
        pytest.param(".mkv", {"audio": "pcm_s16le"}, 0.1, marks=pytest.mark.slow),
        pytest.param(
            ".mov", {"audio": "pcm_alaw", "rate_hz": 16_000, "channels": 1}, 0.2, marks=pytest.mark.slow
        ),
        pytest.param(".ts", {"fps": Fraction(30_000, 1001)}, 0.1, marks=pytest.mark.slow),
        pytest.param(".ts", {"fps": Fraction(25), "b_frames": 0}, 0.1, marks=pytest.mark.slow),
        (".ts", {"variable_rate": True}, 0.1),
        pytest.param(".ts", {"first_pts_s": 40_000.0}, 0.1, marks=pytest.mark.slow),
    ],
)
def test_each_second_has_its_flash_and_its_beep_at_one_instant(
    made: Make, suffix: str, changes: dict[str, object], tolerance_ms: float
) -> None:
    media = made(replace(SHORT, **changes), suffix)  # type: ignore[arg-type]
    found = in_sync(media)
    assert found is not None
    assert [offset.second for offset in found.offsets] == [1, 2, 3]
    assert found.unpaired_beeps == found.unpaired_flashes == 0
    assert max(abs(found.min_ms), abs(found.max_ms)) < tolerance_ms
    assert media.frames is not None
    assert all(frame.mark for frame in media.frames)


def test_the_same_programme_gives_the_same_media() -> None:
    """Encoded anew, not taken from where it is kept."""
    first, second = (
        [unit.data for unit in (*video(SHORT, size, 0, frames).units, *audio(SHORT).units)]
        for size, frames in (*split(SHORT), *split(SHORT))
    )
    assert first == second


def test_b_frames_are_there_when_asked_for_and_only_then(made: Make) -> None:
    def reordered(media_b: int) -> bool:
        stamps = [packet.pts_ns for packet in made(replace(SHORT, b_frames=media_b)).of("video")]
        return stamps != sorted(stamps)

    assert reordered(2)
    assert not reordered(0)


def test_a_late_join_starts_at_its_pts(made: Make) -> None:
    media = made(replace(SHORT, first_pts_s=40_000.0))
    assert 0 <= media.packets[0].pts_ns / 1e9 - 40_000 < 0.2


@pytest.mark.parametrize(
    ("suffix", "jump_s"),
    [
        (".flv", -3600.0),
        (".ts", 3600.0),
        pytest.param(".flv", 3600.0, marks=pytest.mark.slow),
        pytest.param(".ts", -3600.0, marks=pytest.mark.slow),
    ],
)
def test_a_jump_moves_both_tracks_by_the_same_and_loses_nothing(
    made: Make, suffix: str, jump_s: float
) -> None:
    usual = made(replace(SHORT, first_pts_s=7200.0), suffix)
    media = made(replace(SHORT, first_pts_s=7200.0, jump_at_s=1.5, jump_s=jump_s), suffix)
    for kind in ("video", "audio"):
        stamps = [packet.pts_ns for packet in media.of(kind)]
        was = [packet.pts_ns for packet in usual.of(kind)]
        moved = [round((new - old) / 1e9) for new, old in zip(stamps, was, strict=True)]
        assert set(moved) == {0, round(jump_s)}
        assert moved.index(round(jump_s)) == pytest.approx(len(moved) * 1.5 / 4, abs=5)
    pairs = zip(media.of("video"), usual.of("video"), strict=True)
    jumped = [packet for packet, old in pairs if abs(packet.pts_ns - old.pts_ns) > 10**12]
    assert jumped[0].keyframe
    found = in_sync(media)
    assert found is not None
    assert max(abs(found.min_ms), abs(found.max_ms)) < 0.5


def test_a_programme_with_a_break_needs_a_container_that_can_be_joined(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="break"):
        generate(tmp_path / "x.mp4", replace(SHORT, jump_at_s=1.5, jump_s=-1.0))


def test_a_hole_is_a_hole_of_that_track_only(made: Make) -> None:
    sound = made(replace(SHORT, audio_hole_s=(1.25, 2.75)))
    assert sound.sound is not None
    (gap,) = sound_faults.breaks(sound.sound)
    assert gap.length_ms == pytest.approx(1500, abs=25)
    assert len(sound.of("video")) == 120
    picture = made(replace(SHORT, video_hole_s=(1.25, 2.75)))
    stamps = sorted(packet.pts_ns for packet in picture.of("video"))
    assert max(b - a for a, b in pairwise(stamps)) / 1e6 == pytest.approx(1533, abs=1)
    assert picture.sound is not None
    assert not sound_faults.breaks(picture.sound)
    assert picture.frames is not None
    assert all(frame.mark for frame in picture.frames)


@pytest.mark.parametrize("suffix", [".flv", pytest.param(".ts", marks=pytest.mark.slow)])
def test_the_resolution_changes_while_sound_and_clock_go_on(made: Make, suffix: str) -> None:
    media = made(replace(SHORT, resize_at_s=2.5, resize_to=(480, 270)), suffix)
    assert media.frames is not None
    sizes = [frame.size for frame in media.frames]
    assert sizes == [(320, 180)] * 75 + [(480, 270)] * 45
    assert all(frame.mark for frame in media.frames)
    assert media.sound is not None
    assert not sound_faults.breaks(media.sound)
    assert not media.undecodable


def test_every_part_of_the_sound_is_loud_enough_to_be_measured(made: Make) -> None:
    media = made(replace(SHORT, duration_s=12.0, width=160, height=96), ".flv")
    assert media.sound is not None
    assert min(sound_faults.loudness(media.sound).short_term_lufs) > -30
    assert not sound_faults.silences(media.sound, least_ms=50)
    assert not sound_faults.clicks(media.sound)


def test_every_picture_is_another_one(made: Make) -> None:
    digests = copied.digests(made(SHORT))
    assert len(set(digests)) == len(digests) == 120


def test_a_key_frame_is_one_slice(made: Make) -> None:
    media = made(SHORT)
    key = next(packet for packet in media.of("video") if packet.keyframe)
    assert sum(nal[0] & 31 == 5 for nal in annexb(key.data)) == 1
