"""The folder of one playlist: what is in it is whole, and nothing else in it is ever touched."""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PLAYLIST = "index.m3u8"
_PART = ".part"
_OWN = re.compile(r"(?:\d+\.ts|index\.m3u8)(?:\.part)?")
"""The names that a worker writes here."""


class Folder:
    """Blocking; for one thread. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """Makes it, and empties it of what another run left."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._empty()

    def write(self, name: str, data: bytes) -> None:
        """The file appears under its name when it is whole."""
        part = self.path / (name + _PART)
        part.write_bytes(data)
        part.replace(self.path / name)

    def publish(self, playlist: str) -> None:
        self.write(PLAYLIST, playlist.encode())

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            (self.path / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Everything of ours, and the folder itself where nothing else is in it."""
        with suppress(OSError):
            self._empty()
            self.path.rmdir()

    def _empty(self) -> None:
        for path in self.path.iterdir():
            if _OWN.fullmatch(path.name):
                path.unlink(missing_ok=True)
