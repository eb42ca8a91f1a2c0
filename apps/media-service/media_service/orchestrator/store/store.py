"""Streams and actions, in and out of the database."""

import json
import sqlite3
from dataclasses import fields
from pathlib import Path
from typing import Any

from media_service.orchestrator.store.database import Database
from media_service.orchestrator.store.records import Action, Stream

MOST_ACTIONS = 10_000
"""The oldest go."""

_COLUMNS = tuple(field.name for field in fields(Stream))
_ACTION = tuple(field.name for field in fields(Action))
_PUT = (
    f"INSERT INTO stream ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + name for name in _COLUMNS)}) "
    f"ON CONFLICT (stream_id) DO UPDATE SET {', '.join(f'{name} = :{name}' for name in _COLUMNS[1:])}"
)


class Store:
    def __init__(self, file: Path) -> None:
        self._database = Database(file)

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def streams(self) -> list[Stream]:
        rows = await self._database.run(
            lambda database: database.execute("SELECT * FROM stream ORDER BY stream_id").fetchall()
        )
        return [_stream(row) for row in rows or []]

    async def put(self, stream: Stream, *actions: Action) -> None:
        """The stream as it is now, and what was done to it, both or neither."""

        def work(database: sqlite3.Connection) -> None:
            values = {name: getattr(stream, name) for name in _COLUMNS}
            values["forward_urls"] = json.dumps(stream.forward_urls)
            database.execute(_PUT, values)
            _record(database, actions)

        await self._database.run(work)

    async def delete(self, stream_id: str, *actions: Action) -> None:
        def work(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM stream WHERE stream_id = ?", (stream_id,))
            _record(database, actions)

        await self._database.run(work)

    async def record(self, *actions: Action) -> None:
        await self._database.run(lambda database: _record(database, actions))

    async def actions(self, *, stream_id: str | None = None, most: int = 100) -> list[Action]:
        """The newest first."""
        where, values = ("", []) if stream_id is None else ("WHERE stream_id = ?", [stream_id])
        query = f"SELECT * FROM action {where} ORDER BY number DESC LIMIT ?"
        rows = await self._database.run(lambda database: database.execute(query, (*values, most)).fetchall())
        return [Action(**{name: row[name] for name in _ACTION}) for row in rows or []]


def _record(database: sqlite3.Connection, actions: tuple[Action, ...]) -> None:
    for action in actions:
        database.execute(
            "INSERT INTO action (at_unix_ms, who, what, stream_id, detail) "
            "VALUES (:at_unix_ms, :who, :what, :stream_id, :detail)",
            vars(action),
        )
    if actions:
        database.execute(
            "DELETE FROM action WHERE number <= (SELECT max(number) FROM action) - ?", (MOST_ACTIONS,)
        )


def _stream(row: sqlite3.Row) -> Stream:
    values: dict[str, Any] = {name: row[name] for name in _COLUMNS}
    values["forward_urls"] = tuple(json.loads(values["forward_urls"]))
    values["enabled"] = bool(values["enabled"])
    return Stream(**values)
