"""Events as an answer: it ends with its listener, or when that takes nothing or may not listen any more."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from media_service.orchestrator.http import events
from media_service.orchestrator.http.events import EventStream

LIMIT_S = 10.0
SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": []}


class Told:
    """Events without an end, and whether who tells them was let go."""

    def __init__(self) -> None:
        self.pieces = 0
        self.ended = False

    async def all(self) -> AsyncGenerator[bytes, None]:
        try:
            while True:
                self.pieces += 1
                yield b":\n\n"
                await asyncio.sleep(0.001)
        finally:
            self.ended = True


async def stays() -> dict[str, Any]:
    await asyncio.Event().wait()
    return {}


async def leaves() -> dict[str, Any]:
    await asyncio.sleep(0.05)
    return {"type": "http.disconnect"}


async def takes(message: Any) -> None:
    pass


async def takes_nothing(message: Any) -> None:
    if message["type"] == "http.response.body":
        await asyncio.Event().wait()


async def test_a_crowd_that_takes_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "SLOWEST_WRITE_S", 0.05)
    crowd = [Told() for _ in range(200)]
    async with asyncio.timeout(LIMIT_S):
        answers = (EventStream(told.all(), lambda: True)(SCOPE, stays, takes_nothing) for told in crowd)
        await asyncio.gather(*answers)
    assert {(told.pieces, told.ended) for told in crowd} == {(1, True)}


async def test_who_has_left_is_told_nothing_more() -> None:
    told = Told()
    async with asyncio.timeout(LIMIT_S):
        await EventStream(told.all(), lambda: True)(SCOPE, leaves, takes)
    assert told.ended
    assert told.pieces > 1


async def test_who_may_not_listen_any_more_is_told_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOK_S", 0.05)
    told = Told()
    async with asyncio.timeout(LIMIT_S):
        await EventStream(told.all(), lambda: told.pieces < 10)(SCOPE, stays, takes)
    assert told.ended
