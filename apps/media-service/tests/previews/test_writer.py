"""The previews' thread: what lies in the folder, and that a bad disk ends the previews and nothing else."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from media_service.audio.transport_stream import transport_stream
from media_service.preview import side
from media_service.preview.folder import Folder
from media_service.preview.playlist import KEPT_BEYOND
from media_service.preview.writer import MOST_WAITING, MOST_WAITING_BYTES, PreviewWriter

from previews.found import PLAYLIST, parse
from previews.stream import batch

FIRST = 1000
WAIT_S = 20.0
Made = Callable[[Path], PreviewWriter]


@pytest.fixture
def made() -> Iterator[Made]:
    writers: list[PreviewWriter] = []

    def make(folder: Path) -> PreviewWriter:
        writers.append(PreviewWriter(folder, FIRST))
        writers[-1].begin()
        return writers[-1]

    yield make
    for writer in writers:
        assert writer.close(WAIT_S)


def until(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + WAIT_S
    while not ready():
        assert time.monotonic() < end, f"no {what}"
        time.sleep(0.01)


def names(side: Path) -> list[str]:
    return sorted(path.name for path in side.iterdir()) if side.exists() else []


def test_both_playlists_are_written_and_the_folder_is_gone_at_the_end(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "preview"
    writer = made(folder)
    for second in range(20):
        writer.put(batch(second, second + 1, delay_s=6), 1000)
    until(lambda: writer.segments == (9, 6), "segments")
    came, went = (parse((folder / side / PLAYLIST).read_text()) for side in ("input", "output"))
    assert came.parts[0].wall_ns == went.parts[0].wall_ns + (came.parts[0].number - FIRST) * 2 * 10**9
    assert went.parts[-1].number < came.parts[-1].number
    assert writer.failure is None
    assert writer.close(WAIT_S)
    assert not folder.exists()


def test_old_segments_are_deleted_and_nothing_piles_up(made: Made, tmp_path: Path) -> None:
    writer = made(tmp_path / "p")
    for minute in range(6):
        for second in range(minute * 20, minute * 20 + 20):
            writer.put(batch(second, second + 1), 1000)
        until(lambda: writer.segments[0] >= 10 * minute + 9, "segments")  # noqa: B023
        listed = [part.name for part in parse((tmp_path / "p/input" / PLAYLIST).read_text()).parts]
        files = set(names(tmp_path / "p/input")) - {PLAYLIST}
        assert files >= set(listed)
        assert len(listed) <= 7
        assert len(files) <= len(listed) + KEPT_BEYOND


def test_what_a_run_left_is_emptied_and_what_is_not_ours_stays(made: Made, tmp_path: Path) -> None:
    side = tmp_path / "p" / "input"
    side.mkdir(parents=True)
    for name in ("7.ts", "8.ts.part", PLAYLIST, "holiday.mp4", "notes.ts.txt"):
        (side / name).write_text("x")
    (tmp_path / "p" / "letters").mkdir()
    writer = made(tmp_path / "p")
    until(lambda: (tmp_path / "p/output").exists(), "start")
    assert names(side) == ["holiday.mp4", "notes.ts.txt"]
    writer.close(WAIT_S)
    assert names(side) == ["holiday.mp4", "notes.ts.txt"]
    assert names(tmp_path / "p") == ["input", "letters"]


def test_a_full_disk_turns_the_previews_off_with_one_warning_and_gives_its_room_back(
    made: Made, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = made(tmp_path)
    writer.put(batch(0, 5), 1000)
    until(lambda: writer.segments[0] == 2, "segments")
    (tmp_path / "input" / f"{FIRST + 2}.ts.part").symlink_to("/dev/full")
    for second in range(5, 15):
        writer.put(batch(second, second + 1), 1000)
    until(lambda: writer.failure is not None, "failure")
    until(lambda: not tmp_path.exists() or not names(tmp_path), "room")
    assert writer.failure == os.strerror(28)
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warnings == [f"previews are off: {os.strerror(28)}"]
    until(writer._queue.empty, "end of what waited")
    writer.put(batch(15, 16), 1000)
    assert writer._queue.empty()


def test_a_folder_that_cannot_be_made_turns_the_previews_off(made: Made, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("a file")
    writer = made(tmp_path / "p")
    until(lambda: writer.failure is not None, "failure")
    writer.put(batch(0, 5), 1000)
    assert writer.segments == (0, 0)
    assert (tmp_path / "p").read_text() == "a file"


@pytest.mark.parametrize("fat", [False, True], ids=["long", "fat"])
def test_a_disk_that_hangs_holds_nobody_up_and_what_waits_is_bounded(
    fat: bool,
    made: Made,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers, asked = threading.Event(), threading.Event()

    def hang(self: Folder, name: str, data: bytes) -> None:
        asked.set()
        answers.wait(WAIT_S)

    monkeypatch.setattr(Folder, "write", hang)
    writer = made(tmp_path)
    writer.put(batch(0, 5), 1000)
    assert asked.wait(WAIT_S)
    size = MOST_WAITING_BYTES // 4 if fat else 1000
    for second in range(5, 5 + 2 * MOST_WAITING):
        writer.put(batch(second, second + 1), size)
    assert writer.failure == "the disk is too slow"
    assert writer._queue.qsize() <= (6 if fat else MOST_WAITING)
    assert not writer.close(0.05), "the thread hangs, and nobody waits for it"
    answers.set()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "previews are off: the disk is too slow"
    ]


def test_a_fault_of_our_own_ends_the_previews_and_not_the_thread(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side.Side, "take", lambda *_: 1 / 0)
    writer = made(tmp_path / "p")
    writer.put(batch(0, 5), 1000)
    until(lambda: writer.failure is not None, "failure")
    assert writer.failure == "ZeroDivisionError"
    assert writer.close(WAIT_S)
    assert not (tmp_path / "p").exists()


def test_a_segment_that_no_muxer_takes_is_left_out_and_the_next_one_says_so(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[object] = []

    def one_bad(*arguments: object) -> bytes:
        calls.append(arguments)
        if len(calls) == 2:
            raise ValueError("broken")
        return transport_stream(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(side, "transport_stream", one_bad)
    writer = made(tmp_path)
    writer.put(batch(0, 9, delay_s=9), 1000)
    until(lambda: writer.segments[0] == 3, "segments")
    parts = parse((tmp_path / "input" / PLAYLIST).read_text()).parts
    assert [part.discontinuity for part in parts] == [True, True, False]
    assert [part.wall_ns - parts[0].wall_ns for part in parts] == [0, 4 * 10**9, 6 * 10**9]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
