import errno
import logging
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from coded_sound.signals import coded, speechlike
from fragment_audio import m4a
from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.segment.files import SegmentFiles
from media_service.segment.record import CodedPicture, CodedSound, Segment
from media_service.segment.retention import Retention
from sound.test_picture import frames_of, shot

SOUND = speechlike(0.2, 48_000)


def ready(number: int, content: bytes = b"an M4A") -> Segment:
    return Segment(number, content)


def names(files: SegmentFiles) -> list[str]:
    return sorted(path.name for path in files.folder.iterdir())


def write(files: SegmentFiles, *segments: Segment) -> None:
    """One after the other, so that the queue is never full."""
    for segment in segments:
        assert files.put(segment)
        done = files.written + files.failed
        deadline_s = time.monotonic() + 10
        while files.written + files.failed == done and not files.stopped and time.monotonic() < deadline_s:
            time.sleep(0.001)


class SlowDisk:
    """Holds the writing thread until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.busy = threading.Event()
        self.go_on = threading.Event()
        write_bytes = Path.write_bytes

        def slow(path: Path, data: bytes) -> int:
            self.busy.set()
            assert self.go_on.wait(10)
            return write_bytes(path, data)

        monkeypatch.setattr(Path, "write_bytes", slow)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A disk that takes a little and then no more; the paths it was asked for."""
    asked: list[Path] = []

    def refuse(path: Path, data: bytes) -> int:
        asked.append(path)
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    return asked


def test_a_segment_is_two_files_that_play(tmp_path: Path) -> None:
    coding, packets = coded("aac", SOUND, 48_000)
    picture_coding, units = shot("h264", False)
    files = SegmentFiles(tmp_path, "live-1")
    sound = CodedSound(coding, [data for data, _ in packets[1:]], packets[0][0])
    assert files.put(Segment(7, sound, CodedPicture(picture_coding, units, units[0].pts_ns)))
    assert files.close(10)
    assert names(files) == ["000007_audio.m4a", "000007_video.mp4"]
    heard, rate_hz = m4a.decode((tmp_path / "live-1" / "000007_audio.m4a").read_bytes())
    assert (len(heard), rate_hz) == (1024 * (len(packets) - 1), 48_000)
    assert frames_of((files.folder / "000007_video.mp4").read_bytes()) == len(units)
    assert (files.written, files.dropped, files.failed) == (1, 0, 0)


def test_samples_are_encoded_and_a_ready_m4a_is_written_as_it_is(tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path, "s")
    write(files, Segment(0, SOUND), ready(1))
    assert files.close(10)
    assert len(m4a.decode((files.folder / "000000_audio.m4a").read_bytes())[0]) == len(SOUND)
    assert (files.folder / "000001_audio.m4a").read_bytes() == b"an M4A"


def test_a_slot_within_a_group_of_pictures_has_the_earlier_parameter_sets(tmp_path: Path) -> None:
    picture_coding, units = shot("h264", True)
    bare = PictureFormat("h264", picture_coding.width, picture_coding.height)
    files = SegmentFiles(tmp_path, "s")
    write(
        files,
        Segment(0, None, CodedPicture(bare, units[:30], 0)),
        Segment(1, None, CodedPicture(bare, units[30:40], 0)),
    )
    assert files.close(10)
    assert names(files) == ["000000_video.mp4", "000001_video.mp4"]
    assert b"avcC" in (files.folder / "000001_video.mp4").read_bytes()


def test_nothing_is_made_before_the_first_segment(tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path / "not" / "yet", "s")
    assert files.close()
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize("stream_id", ["", "..", "../other", "a/b", "/etc", "a\0b", "a" * 65, "a\n", "é"])
def test_a_stream_id_cannot_leave_the_folder(tmp_path: Path, stream_id: str) -> None:
    with pytest.raises(ValueError, match="stream id"):
        SegmentFiles(tmp_path, stream_id)


def test_a_link_does_not_lead_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "s").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="elsewhere"):
        SegmentFiles(tmp_path / "files", "s")


def test_a_full_disk_ends_the_writing_with_one_warning(
    tmp_path: Path, full_disk: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    files = SegmentFiles(tmp_path, "s")
    with caplog.at_level(logging.WARNING):
        write(files, ready(0))
        assert not files.put(ready(1))
        assert files.close(10)
    assert files.stopped
    assert files.written == 0
    assert len(full_disk) == 1
    assert len(caplog.records) == 1
    assert os.strerror(errno.ENOSPC) in caplog.text
    assert str(tmp_path) not in caplog.text
    assert names(files) == []


def test_a_part_that_cannot_be_removed_is_left(
    tmp_path: Path, full_disk: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", refuse)
    files = SegmentFiles(tmp_path, "s")
    write(files, ready(0))
    assert files.close(10)
    assert files.stopped


def test_segments_queued_behind_a_refusal_are_not_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    begin, end = threading.Event(), threading.Event()

    def refuse(path: Path, data: bytes) -> int:
        tried.append(path.name)
        begin.set()
        assert end.wait(10)
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    files = SegmentFiles(tmp_path, "s")
    files.put(ready(0))
    assert begin.wait(10)
    files.put(ready(1))
    end.set()
    assert files.close(10)
    assert tried == ["000000_audio.m4a.part"]


def test_a_folder_that_cannot_be_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    files = SegmentFiles(tmp_path / "file", "s")
    write(files, ready(0))
    assert files.close(10)
    assert files.stopped


def test_packets_that_make_no_file_are_no_reason_to_stop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    coding, _ = coded("aac", SOUND, 48_000)
    broken = CodedSound(coding, [b"\xff" * 20])
    no_sets = CodedPicture(PictureFormat("h264", 16, 16), [AccessUnit(b"", 0, 0, False)], 0)
    files = SegmentFiles(tmp_path, "s")
    with caplog.at_level(logging.WARNING):
        write(files, Segment(0, broken, no_sets), Segment(1, broken), ready(2))
        assert files.close(10)
    assert (files.written, files.failed, files.stopped) == (1, 2, False)
    assert names(files) == ["000002_audio.m4a"]
    assert len(caplog.records) == 1


def test_a_slow_disk_drops_segments_and_never_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk(monkeypatch)
    files = SegmentFiles(tmp_path, "s")
    assert files.put(ready(0))
    assert disk.busy.wait(10)
    taken = sum(files.put(ready(number)) for number in range(1, 11))
    assert files.dropped == 10 - taken > 0
    disk.go_on.set()
    assert files.close(10)
    assert files.written == taken + 1


def test_close_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(monkeypatch)
    for queued in (1, 6):
        disk.busy.clear()
        files = SegmentFiles(tmp_path, f"s{queued}")
        files.put(ready(0))
        assert disk.busy.wait(10)
        for number in range(1, queued):
            files.put(ready(number))
        assert not files.close(0.05)
        assert not files.put(ready(99))
    disk.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "segment-files":
            thread.join(0.2)


def test_a_file_has_its_name_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(monkeypatch)
    files = SegmentFiles(tmp_path, "s")
    files.put(ready(0))
    assert disk.busy.wait(10)
    assert names(files) == []
    disk.go_on.set()
    assert files.close(10)
    assert names(files) == ["000000_audio.m4a"]


def test_what_a_killed_worker_had_begun_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    (folder / "000003_audio.m4a.part").write_bytes(b"half")
    files = SegmentFiles(tmp_path, "s")
    write(files, ready(0))
    assert files.close(10)
    assert names(files) == ["000000_audio.m4a"]


def test_only_the_newest_segments_are_kept(tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path, "s", retention=Retention(count=3))
    write(files, *(ready(number) for number in range(6)))
    assert files.close(10)
    assert names(files) == [f"{number:06d}_audio.m4a" for number in (3, 4, 5)]


def aged(folder: Path, ages_s: dict[str, float], now_s: float) -> None:
    folder.mkdir(exist_ok=True)
    for name, age_s in ages_s.items():
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (now_s - age_s, now_s - age_s))


def test_both_files_of_a_segment_go_together_and_newest_is_by_time(tmp_path: Path) -> None:
    now_s = 1_000_000.0
    ages_s = {
        "000900_audio.m4a": 500.0,
        "000900_video.mp4": 499.0,
        "000000_audio.m4a": 100.0,
        "000001_audio.m4a": 50.0,
        "000001_video.mp4": 49.0,
        "notes.txt": 9999.0,
    }
    aged(tmp_path, ages_s, now_s)
    Retention(count=2).apply(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000000_audio.m4a",
        "000001_audio.m4a",
        "000001_video.mp4",
        "notes.txt",
    ]
    Retention(count=None, age_s=60, now_s=lambda: now_s).apply(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000001_audio.m4a",
        "000001_video.mp4",
        "notes.txt",
    ]
    Retention(count=None).apply(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(("count", "age_s"), [(0, None), (1, 0.0)])
def test_a_segment_is_kept_for_a_while(count: int, age_s: float | None) -> None:
    with pytest.raises(ValueError):
        Retention(count=count, age_s=age_s)


def test_silence_is_sound_too(tmp_path: Path) -> None:
    files = SegmentFiles(tmp_path, "s")
    write(files, Segment(0, np.zeros((4800, 2), np.float32)))
    assert files.close(10)
    assert names(files) == ["000000_audio.m4a"]
