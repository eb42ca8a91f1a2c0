"""The log of one dubbing: what the worker and the speech service write, in one file."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from service_kit.settings import SettingError

from livedub.errors import Failed

TAIL_BYTES = 64 * 1024
BEFORE_LOGGING = "python -m "
"""A program says so before it logs: a wrong setting."""


class Log:
    """With a name it stays; without, it is a temporary file that goes unless something failed."""

    def __init__(self, named: str | None) -> None:
        self._named = named
        self._file: BinaryIO | None = None
        self.path = Path(named or "")

    def __enter__(self) -> Self:
        try:
            if self._named is None:
                handle, name = tempfile.mkstemp(prefix="livedub-", suffix=".log")
                os.close(handle)
                self.path = Path(name)
            self._file = self.path.open("ab")
        except OSError as error:
            raise SettingError(f"--log: {self.path}: cannot be written to: {error.strerror}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.file.close()
        if isinstance(error, Failed):
            error.log = self.path
        elif self._named is None:
            with contextlib.suppress(OSError):
                self.path.unlink()

    @property
    def file(self) -> BinaryIO:
        if self._file is None:
            raise RuntimeError("the log is not open")
        return self._file

    def reason(self) -> str | None:
        """Why the last program that complained did so, in its words."""
        for line in reversed(self._tail()):
            told = _json(line)
            if told is not None and told.get("level") == "error":
                return str(told.get("message"))
            if told is None and line.startswith(BEFORE_LOGGING):
                return line.partition(": ")[2]
        return None

    def _tail(self) -> list[str]:
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - TAIL_BYTES))
            lines: Iterator[str] = (
                line.strip() for line in file.read().decode(errors="replace").splitlines()
            )
            return [line for line in lines if line]


def _json(line: str) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
