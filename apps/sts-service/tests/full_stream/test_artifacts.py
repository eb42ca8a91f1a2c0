"""What is kept of fragments: whole or not at all, for a time, and never at the cost of the dubbing."""

import asyncio
import errno
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.full import artifacts
from sts_service.full.artifacts import MARK, MOST_WAITING, Artifacts, Kept, clear, write


def kept(**changes: Any) -> Kept:
    usual: dict[str, Any] = {
        "original": b"heard",
        "dubbed": b"spoken",
        "format": "m4a",
        "transcript": "Good evening.",
        "translation": "Buenas tardes.",
        "metadata": {"status": "success"},
    }
    return Kept(**(usual | changes))


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


async def test_a_fragment_has_a_folder_with_what_was_made_of_it(tmp_path: Path) -> None:
    here = Artifacts(tmp_path, retention_hours=1, max_count=10)
    async with here.run():
        here.keep("match-1", "f-0", kept())
    assert files(tmp_path / "match-1" / "f-0") == {
        "original_audio.m4a": b"heard",
        "dubbed_audio.m4a": b"spoken",
        "transcript.txt": b"Good evening.\n",
        "translation.txt": b"Buenas tardes.\n",
        "metadata.json": b'{\n "status": "success"\n}',
    }
    assert len(files(tmp_path)) == 5, "nothing unfinished is left"
    assert here.left_out == 0


def test_what_there_is_none_of_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "s" / "f"
    write(folder, kept(original=None, dubbed=None, transcript="", translation=None, format="pcm_s16le"))
    assert files(folder).keys() == {"transcript.txt", "metadata.json"}
    write(folder, kept(format="pcm_s16le", translation=None))
    assert files(folder).keys() == {
        "original_audio.pcm",
        "dubbed_audio.pcm",
        "transcript.txt",
        "metadata.json",
    }


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    write(tmp_path / "s" / "f", kept())
    assert (tmp_path / "s" / "f").stat().st_mode & 0o777 == 0o700


@given(st.text(min_size=1, max_size=200))
def test_an_id_never_leads_out_of_the_folder(name: str) -> None:
    safe = artifacts._safe(name)
    assert safe not in {".", ".."}
    assert not safe.startswith(".")
    assert not set(safe) & {"/", "\\", "\0", "\n"}
    assert len(safe.encode()) <= 128
    assert safe == name or safe.startswith("id-")


def test_two_unusual_ids_have_two_folders() -> None:
    assert artifacts._safe("../a") != artifacts._safe("../b")


class Disk:
    """Full, until it is not."""

    def __init__(self) -> None:
        self.is_full = True
        self.tried = 0

    def write(self, folder: Path, what: Kept) -> None:
        self.tried += 1
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(folder, what)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(artifacts, "write", disk.write)
    return disk


async def test_a_full_disk_stops_the_writing(
    tmp_path: Path, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    here = Artifacts(tmp_path, retention_hours=1, max_count=10)
    async with here.run():
        await asyncio.sleep(0.2)  # the first clearing is over
        here.keep("s", "f-0", kept())
        here.keep("s", "f-1", kept())
        await until(lambda: here.left_out == 2)
        here.keep("s", "f-2", kept())
        assert here.left_out == 3
    assert disk.tried == 1
    assert [record.getMessage() for record in caplog.records] == [
        f"artifacts: {tmp_path}: No space left on device; they are left out until it is mended"
    ]


async def test_after_a_clearing_the_writing_goes_on_and_the_trouble_was_told_once(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(artifacts, "CLEAR_EVERY_S", 0.05)
    here = Artifacts(tmp_path, retention_hours=1, max_count=10)

    def tried_again() -> bool:
        here.keep("s", "f", kept())
        return disk.tried >= 3

    def written() -> bool:
        here.keep("s", "f", kept())
        return (tmp_path / "s" / "f").exists()

    async with here.run():
        await until(tried_again)
        disk.is_full = False
        await until(written)
    assert caplog.text.count("No space left") == 1


def test_half_a_folder_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="full"):
        write(tmp_path / "s" / "f", kept())
    assert files(tmp_path) == {}


async def test_what_the_disk_cannot_keep_up_with_is_left_out_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(artifacts, "write", lambda folder, what: go_on.wait(10))
    here = Artifacts(tmp_path, retention_hours=1, max_count=10)
    async with here.run():
        for number in range(MOST_WAITING + 10):
            here.keep("s", f"f-{number}", kept())
        assert here.left_out == 10
        go_on.set()


async def test_the_end_waits_only_so_long_for_a_disk_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr(artifacts, "write", lambda folder, what: go_on.wait(10))
    monkeypatch.setattr(artifacts, "LAST_S", 0.1)
    here = Artifacts(tmp_path, retention_hours=1, max_count=10)
    async with asyncio.timeout(5):
        async with here.run():
            here.keep("s", "f", kept())
    go_on.set()


def fragments(root: Path) -> list[str]:
    return sorted(folder.name for folder in root.glob("*/*"))


def aged(root: Path, name: str, age_s: float) -> None:
    write(root / "s" / name, kept())
    at = time.time() - age_s
    os.utime(root / "s" / name / MARK, (at, at))


def test_what_is_too_old_and_what_is_too_many_goes(tmp_path: Path) -> None:
    for number in range(5):
        aged(tmp_path, f"f-{number}", 1000 - 100 * number)
    clear(tmp_path, before=time.time() - 950, most=10)
    assert fragments(tmp_path) == ["f-1", "f-2", "f-3", "f-4"]
    clear(tmp_path, before=0, most=2)
    assert fragments(tmp_path) == ["f-3", "f-4"]
    clear(tmp_path, before=time.time(), most=2)
    assert list(tmp_path.iterdir()) == [], "a stream's folder goes with its last fragment"


def test_nothing_else_in_the_folder_is_touched(tmp_path: Path) -> None:
    precious = tmp_path / "photos" / "2020"
    precious.mkdir(parents=True)
    (precious / "a.jpg").write_bytes(b"x")
    elsewhere = tmp_path.with_name(tmp_path.name + "-elsewhere")
    write(elsewhere / "s" / "f", kept())
    (tmp_path / "link").symlink_to(elsewhere)
    aged(tmp_path, "f-0", 1000)
    clear(tmp_path, before=time.time() + 1, most=1)
    assert not (tmp_path / "s").exists()
    assert (precious / "a.jpg").exists()
    assert (elsewhere / "s" / "f" / MARK).exists()
    clear(tmp_path / "none", before=0, most=1)


async def test_clearing_goes_by_the_settings_and_the_clock(tmp_path: Path) -> None:
    aged(tmp_path, "old", 0)
    now_s = time.time() + 2 * 3600 + 1
    here = Artifacts(tmp_path, retention_hours=2, max_count=10, clock=lambda: now_s)
    async with here.run():
        await until(lambda: fragments(tmp_path) == [])


async def test_a_folder_that_cannot_be_read_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = 0

    def denied(*_: object, **__: object) -> None:
        nonlocal calls
        calls += 1
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(artifacts, "clear", denied)
    monkeypatch.setattr(artifacts, "CLEAR_EVERY_S", 0.01)
    here = Artifacts(tmp_path, retention_hours=1, max_count=10)
    async with here.run():
        await until(lambda: calls > 3)
    assert caplog.text.count("Permission denied") == 1


def test_of_a_retry_the_later_one_stays(tmp_path: Path) -> None:
    write(tmp_path / "s" / "f", kept(metadata={"status": "failed"}))
    write(tmp_path / "s" / "f", kept(transcript=None))
    assert json.loads((tmp_path / "s" / "f" / MARK).read_text()) == {"status": "success"}
    assert not (tmp_path / "s" / "f" / "transcript.txt").exists()
