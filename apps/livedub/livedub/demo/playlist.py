"""A live playlist of a preview, as a player reads it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

_DURATION, _DATE, _SEQUENCE = "#EXTINF:", "#EXT-X-PROGRAM-DATE-TIME:", "#EXT-X-MEDIA-SEQUENCE:"


@dataclass(frozen=True)
class Piece:
    """A segment of it."""

    name: str
    duration_s: float
    date_unix_s: float | None
    """when its first picture arrived at the worker"""


@dataclass(frozen=True)
class Playlist:
    sequence: int
    """of the first piece"""
    pieces: tuple[Piece, ...]


def parse(text: str) -> Playlist | None:
    """None for what is no playlist."""
    lines = [line.strip() for line in text.splitlines()]
    if not lines or lines[0] != "#EXTM3U":
        return None
    sequences = [line.removeprefix(_SEQUENCE) for line in lines if line.startswith(_SEQUENCE)]
    try:
        return Playlist(int(sequences[0]) if sequences else 0, tuple(_pieces(lines)))
    except ValueError:
        return None


def _pieces(lines: list[str]) -> Iterator[Piece]:
    duration_s, date_s = 0.0, None
    for line in lines:
        if line.startswith(_DURATION):
            duration_s = float(line.removeprefix(_DURATION).partition(",")[0])
        elif line.startswith(_DATE):
            date_s = datetime.fromisoformat(line.removeprefix(_DATE)).timestamp()
        elif line and not line.startswith("#"):
            yield Piece(line, duration_s, date_s)
            duration_s, date_s = 0.0, None
