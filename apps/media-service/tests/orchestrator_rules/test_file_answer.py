"""A file as an answer: whole or not at all, and nobody is waited for."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from media_service.orchestrator.http import files
from media_service.orchestrator.http.files import PIECE_BYTES, FileAnswer, Opened, open_file

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": []}


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    file = tmp_path / "7.ts"
    file.write_bytes(b"G" * (2 * PIECE_BYTES + 1))
    found = open_file(file)
    assert found is not None
    return found


async def receive() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def test_a_file_whose_name_is_taken_away_meanwhile_comes_whole(tmp_path: Path, opened: Opened) -> None:
    got: list[Any] = []

    async def send(message: Any) -> None:
        (tmp_path / "7.ts").unlink(missing_ok=True)
        got.append(message)

    await FileAnswer(opened, "7.ts", {})(SCOPE, receive, send)
    start, *pieces = got
    assert start["status"] == 200
    assert sum(len(piece["body"]) for piece in pieces) == opened.size
    assert [piece["more_body"] for piece in pieces] == [True, True, False]
    assert opened.file.closed


async def test_one_that_has_become_shorter_is_not_ended_as_if_it_were_whole(
    tmp_path: Path, opened: Opened
) -> None:
    got: list[Any] = []

    async def send(message: Any) -> None:
        got.append(message)

    (tmp_path / "7.ts").write_bytes(b"G")
    await FileAnswer(opened, "7.ts", {})(SCOPE, receive, send)
    assert all(message.get("more_body", True) for message in got)
    assert opened.file.closed


async def test_whoever_takes_nothing_is_hung_up_on(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "SLOWEST_WRITE_S", 0.05)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await FileAnswer(opened, "7.ts", {})(SCOPE, receive, send)
    assert opened.file.closed
