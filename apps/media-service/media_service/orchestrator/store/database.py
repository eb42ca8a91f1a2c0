"""The database's owner: one thread, which alone holds the connection; what waits for it is bounded."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from media_service.orchestrator.errors import OrchestratorError, StoreFailed, StoreFull
from media_service.orchestrator.store.schema import bring_up_to_date

T = TypeVar("T")

MOST_WAITING = 256
BUSY_S = 2.0
"""For another process that holds the database (a backup)."""
LONGEST_S = 10.0


class Database:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._connection: sqlite3.Connection | None = None
        self._waiting = 0

    async def open(self) -> None:
        await self.run(None)

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=True)

    async def run(self, work: Callable[[sqlite3.Connection], T] | None) -> T | None:
        """In one transaction, on the owner's thread. Raises `StoreFailed`; then nothing was changed."""
        if self._waiting >= MOST_WAITING:
            raise StoreFailed("the store is too busy")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(LONGEST_S):
                return await loop.run_in_executor(self._thread, self._do, work)
        except TimeoutError:
            raise StoreFailed("the store does not answer") from None
        finally:
            self._waiting -= 1

    def _do(self, work: Callable[[sqlite3.Connection], T] | None) -> T | None:
        try:
            connection = self._connection or self._connect()
            if work is None:
                return None
            connection.execute("BEGIN IMMEDIATE")
            try:
                done = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return done
        except sqlite3.Error as error:
            raise _told(error) from error
        except OSError as error:
            raise StoreFailed(f"the store cannot be opened: {error.strerror}") from error

    def _connect(self) -> sqlite3.Connection:
        # It holds keys: nobody else may read it, from its first byte on. Its companions get its mode.
        os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(self._file, timeout=BUSY_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _told(error: sqlite3.Error) -> OrchestratorError:
    """By SQLite's own code."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return StoreFull("the disk of the store is full")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreFailed("the store is locked by another program")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StoreFailed("the store's file is damaged")
    return StoreFailed(f"the store failed: {error}")
