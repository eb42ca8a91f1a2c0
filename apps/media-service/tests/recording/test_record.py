import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.audio.silence import silent_frame
from media_service.config import WorkerSettings
from media_service.errors import SettingsWrong
from media_service.pipeline.packet import VideoFormat
from media_service.segment.record import CodedSound
from media_service.timeline.units import SECOND_NS
from media_service.worker import recording
from media_service.worker.hearing import Frame
from media_service.worker.recording import make_record

from recording.shelf import AAC, FRAME_NS, H264, OPUS, Shelf, lane, placed, record_on

SECOND = 48_000
FRAME = 1024


def frames(*numbers: int, off: int = 0) -> list[Frame]:
    return [Frame(number * FRAME + off, b"%d" % number, 0) for number in numbers]


def coded(shelf: Shelf, number: int) -> CodedSound:
    sound = shelf.taken[number].sound
    assert isinstance(sound, CodedSound)
    return sound


def settings_with(**given: object) -> WorkerSettings:
    wanted: dict[str, Any] = {
        "stream_id": "s",
        "input_url": "in.mp4",
        "output_url": "out.mp4",
        "sts_mode": "passthrough",
    }
    return WorkerSettings(**{**wanted, **given})


# The picture


def test_a_slot_has_what_is_shown_within_it_in_decoding_order() -> None:
    shelf = Shelf()
    record = record_on(shelf)
    # Frame 25, shown first in the second slot, is decoded before two that are shown in the first one.
    for decoded, shown in ((22, 22), (23, 25), (24, 23), (25, 24), (26, 26)):
        record.picture(placed(decoded, shown))
    record.cut(0, SECOND, [])
    record.cut(SECOND, 2 * SECOND, [])
    record.end()
    assert shelf.shown() == [[b"22", b"23", b"24"], [b"25", b"26"]]
    first, second = (one.picture for one in shelf.taken)
    assert first is not None
    assert second is not None
    assert (first.origin_ns, second.origin_ns) == (0, SECOND_NS)
    assert [unit.pts_ns for unit in second.units] == [SECOND_NS, 26 * FRAME_NS]
    assert first.format.codec_data == H264.codec_data


def test_a_slot_waits_for_the_picture_that_comes_after_its_sound() -> None:
    shelf = Shelf()
    record = record_on(shelf)
    for number in range(20):
        record.picture(placed(number))
    record.cut(0, SECOND, [])
    for number in range(20, 25):
        record.picture(placed(number))
    assert shelf.taken == []
    record.picture(placed(25))
    assert [len(units) for units in shelf.shown()] == [25]


def test_a_slot_without_a_picture_waits_for_two_seconds_of_sound_and_no_longer() -> None:
    shelf = Shelf()
    record = record_on(shelf)
    for number in range(4):
        record.cut(number * SECOND, (number + 1) * SECOND, [])
    assert [(one.batch_number, one.picture) for one in shelf.taken] == [(0, None), (1, None)]
    record.end()
    assert [one.batch_number for one in shelf.taken] == [0, 1, 2, 3]


def test_a_picture_outside_every_slot_is_on_no_record() -> None:
    shelf = Shelf()
    record = record_on(shelf)
    for number in range(80):
        record.picture(placed(number))
    record.cut(SECOND, 2 * SECOND, [])
    record.end()
    assert shelf.shown() == [[b"%d" % number for number in range(25, 50)]]


@pytest.mark.parametrize(("change", "coding"), [(45, b"avcC"), (30, b"another avcC")])
def test_where_the_picture_changes_its_format_a_slot_has_the_longer_part(change: int, coding: bytes) -> None:
    shelf = Shelf()
    record = record_on(shelf)
    smaller = VideoFormat("h264", b"another avcC")
    for number in range(75):
        record.picture(placed(number, coding=H264 if number < change else smaller))
    for number in range(3):
        record.cut(number * SECOND, (number + 1) * SECOND, [])
    record.end()
    assert [len(units) for units in shelf.shown()] == [25, 20, 25]
    told = [one.picture.format.codec_data for one in shelf.taken if one.picture]
    assert told == [b"avcC", coding, b"another avcC"]


@settings(max_examples=60, deadline=None)
@given(
    lengths=st.lists(st.integers(4_800, 3 * SECOND), min_size=1, max_size=8),
    reordered=st.lists(st.booleans(), min_size=1, max_size=40),
    lag=st.integers(-40, 40),
)
def test_every_access_unit_is_on_record_once(lengths: list[int], reordered: list[bool], lag: int) -> None:
    """With B-frames here and there, and a picture that comes up to 1.6 s before or after the sound."""
    total = sum(lengths) * 25 // SECOND + 3
    shown, at = [], 0
    while at < total:
        group = [at + 2, at, at + 1] if reordered[at % len(reordered)] else [at, at + 1, at + 2]
        shown += group
        at += 3
    shelf = Shelf()
    record = record_on(shelf)
    ends = [sum(lengths[: number + 1]) for number in range(len(lengths))]
    cuts = [((end * 25) // SECOND + lag, number) for number, end in enumerate(ends)]
    for decoded, frame in enumerate(shown):
        while cuts and cuts[0][0] <= decoded:
            _, number = cuts.pop(0)
            record.cut(ends[number] - lengths[number], ends[number], [])
        record.picture(placed(decoded - 2, frame))
    for _, number in cuts:
        record.cut(ends[number] - lengths[number], ends[number], [])
    record.end()
    spans = [(end - length, end) for end, length in zip(ends, lengths, strict=True)]
    meant = [[b"%d" % frame for frame in shown if start <= frame * SECOND / 25 < end] for start, end in spans]
    assert shelf.shown() == meant
    assert [one.batch_number for one in shelf.taken] == list(range(len(lengths)))


def test_pictures_without_sound_are_held_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 1000)
    shelf = Shelf()
    record = record_on(shelf)
    for number in range(30):
        record.picture(placed(number, data=bytes([number]) * 100))
    record.cut(0, 2 * SECOND, [])
    record.end()
    assert shelf.shown() == [[bytes([number]) * 100 for number in range(20, 30)]]


# The sound


def test_frames_are_copied_after_one_of_pre_roll() -> None:
    shelf = Shelf()
    record = record_on(shelf, AAC)
    record.cut(2 * FRAME, 5 * FRAME, frames(0, 1, 2, 3, 4, 5))
    record.end()
    assert coded(shelf, 0) == CodedSound(AAC, [b"2", b"3", b"4"], b"1")


@pytest.mark.parametrize("off", [-40, 0, 40])
def test_a_frame_that_lies_a_little_off_a_cut_is_in_one_slot_only(off: int) -> None:
    shelf = Shelf()
    record = record_on(shelf, AAC)
    record.cut(0, 3 * FRAME, frames(0, 1, 2, off=off))
    record.cut(3 * FRAME, 6 * FRAME, frames(0, 1, 2, 3, 4, 5, off=off))
    record.end()
    assert coded(shelf, 0).frames == [b"0", b"1", b"2"]
    assert coded(shelf, 1) == CodedSound(AAC, [b"3", b"4", b"5"], b"2")


def test_a_hole_in_the_sound_is_silence_on_record() -> None:
    shelf = Shelf()
    record = record_on(shelf, AAC)
    record.cut(0, 6 * FRAME, frames(1, 4))
    record.end()
    silence = silent_frame(AAC)
    assert coded(shelf, 0).frames == [silence, b"1", silence, silence, b"4", silence]


def test_sound_that_cannot_be_copied_is_read_from_the_lane() -> None:
    shelf = Shelf()
    record = record_on(shelf, OPUS)
    record.cut(100, 300, [])
    record.end()
    sound = shelf.taken[0].sound
    assert isinstance(sound, np.ndarray)
    assert sound.shape == (200, 2)
    assert sound[0, 0] == 100


# The writer


def test_a_slow_disk_is_told_of_at_one_two_four_segments_and_so_on(caplog: pytest.LogCaptureFixture) -> None:
    record = record_on(Shelf(room=2))
    with caplog.at_level(logging.WARNING):
        for number in range(10):
            record.cut(number * SECOND, (number + 1) * SECOND, [])
        record.end()
    assert [line.args for line in caplog.records] == [(1,), (2,), (4,), (8,)]


def test_once_the_disk_has_refused_nothing_is_held() -> None:
    shelf = Shelf()
    record = record_on(shelf)
    record.picture(placed(0))
    record.cut(0, SECOND, [])
    shelf.stopped = True
    record.cut(SECOND, 2 * SECOND, [])
    record.picture(placed(1))
    record.end()
    assert shelf.taken == []


def test_without_a_folder_there_is_no_record() -> None:
    assert make_record(settings_with(), lane) is None


@pytest.mark.parametrize(
    ("count", "hours", "wanted"), [(0, 0, (None, None)), (5, 0.5, (5, 1800.0)), (600, 24, (600, 86_400.0))]
)
def test_retention_is_as_set_and_0_is_no_limit(
    tmp_path: Path, count: int, hours: float, wanted: tuple[int | None, float | None]
) -> None:
    given = {"segment_keep_count": count, "segment_keep_hours": hours}
    record = make_record(settings_with(segment_dir=str(tmp_path), **given), lane)
    assert record is not None
    retention = record.files.retention
    assert (retention.count, retention.age_s) == wanted


def test_a_folder_that_leads_elsewhere_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "s").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsWrong, match="WORKER_SEGMENT_DIR"):
        make_record(settings_with(segment_dir=str(tmp_path / "record")), lane)
