"""What survives, and what happens when the disk does not play along."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.orchestrator.errors import SettingsWrong, StoreFailed, StoreFull
from media_service.orchestrator.store import database, store
from media_service.orchestrator.store.records import Action
from media_service.orchestrator.store.schema import VERSION
from media_service.orchestrator.store.store import Store

from orchestrator_store.rows import STREAM, stream


@asynccontextmanager
async def opened(file: Path) -> AsyncIterator[Store]:
    found = Store(file)
    try:
        await found.open()
        yield found
    finally:
        await found.close()


def action(what: str = "add", stream_id: str | None = "match") -> Action:
    return Action(at_unix_ms=5, who="mary", what=what, stream_id=stream_id, detail="d")


async def test_what_was_put_is_there_in_the_next_life(tmp_path: Path) -> None:
    async with opened(tmp_path / "db") as first:
        await first.put(stream(source=None, enabled=False), action())
        await first.put(STREAM, action("edit"))
        await first.put(stream("another"))
        await first.put(stream("gone"))
        await first.delete("gone", action("delete", "gone"))
    async with opened(tmp_path / "db") as second:
        assert await second.streams() == [stream("another"), STREAM]
        assert await second.actions() == [action("delete", "gone"), action("edit"), action()]
        assert await second.actions(stream_id="match", most=1) == [action("edit")]


@settings(max_examples=20, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])), number=st.integers(0, 2**53))
async def test_any_text_comes_back_as_it_went(
    tmp_path_factory: pytest.TempPathFactory, text: str, number: int
) -> None:
    async with opened(tmp_path_factory.mktemp("store") / "db") as found:
        put = stream(voice=text, source=text, forward_urls=(text,), created_unix_ms=number)
        await found.put(put, Action(at_unix_ms=number, who=text, what=text))
        assert await found.streams() == [put]
        assert (await found.actions())[0].who == text


async def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    async with opened(tmp_path / "db") as found:
        await found.put(STREAM)
        modes = await asyncio.to_thread(lambda: [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()])
        assert modes == [0o600] * 3


async def test_a_full_disk_is_said_and_the_old_state_stays(tmp_path: Path) -> None:
    async with opened(tmp_path / "db") as found:
        await found.put(STREAM)

        def fill(connection: sqlite3.Connection) -> None:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count = {pages}")

        await found._database.run(fill)
        with pytest.raises(StoreFull):
            await found.put(stream(voice="x" * 100_000), action())
        assert await found.streams() == [STREAM]
        assert await found.actions() == []


async def test_a_change_and_its_line_in_the_log_are_both_written_or_neither(tmp_path: Path) -> None:
    async with opened(tmp_path / "db") as found:
        await found.put(STREAM)
        with pytest.raises(StoreFailed):
            await found.put(stream(voice="another"), replace(action(), who=None))  # type: ignore[arg-type]
        assert await found.streams() == [STREAM]


async def test_a_lock_held_by_another_program_is_waited_for_and_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.2)
    async with opened(tmp_path / "db") as found:
        with closing(sqlite3.connect(tmp_path / "db")) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreFailed, match="locked"):
                await found.put(STREAM)
            other.execute("ROLLBACK")
        await found.put(STREAM)
        assert await found.streams() == [STREAM]


async def test_a_damaged_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"this is no database, whatever its name may say" * 100)
    with pytest.raises(StoreFailed, match="damaged"):
        async with opened(tmp_path / "db"):
            pass


async def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot be opened"):
        async with opened(tmp_path / "nowhere" / "db"):
            pass


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path / "db"):
        pass
    with closing(sqlite3.connect(tmp_path / "db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(SettingsWrong, match="version"):
        async with opened(tmp_path / "db"):
            pass


async def test_the_log_of_actions_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_ACTIONS", 10)
    async with opened(tmp_path / "db") as found:
        for number in range(25):
            await found.record(action(str(number)))
        assert [one.what for one in await found.actions(most=100)] == [str(n) for n in range(24, 14, -1)]


async def test_what_waits_for_the_store_is_bounded_and_timed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONGEST_S", 0.2)
    monkeypatch.setattr(database, "MOST_WAITING", 3)
    goes_on = threading.Event()
    async with opened(tmp_path / "db") as found:
        try:
            slow = [asyncio.create_task(found._database.run(lambda _: goes_on.wait(5))) for _ in range(3)]
            await asyncio.sleep(0.01)
            with pytest.raises(StoreFailed, match="busy"):
                await found.put(STREAM)
            for task in slow:
                with pytest.raises(StoreFailed, match="not answer"):
                    await task
        finally:
            goes_on.set()
