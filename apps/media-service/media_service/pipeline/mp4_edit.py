"""What of an MP4's sound is heard, told by the file's edit lists.

GStreamer's muxer writes the encoder's head start, and what fills its last frame, as if they were sound. Here
they are hidden in the finished file: `moov`, at its end, is written anew in its place, and keeps its length.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FINE_HZ = 48_000
"""Clock of a movie whose edits are exact, unless it is so long that its times would not fit."""
_MOST = 0xFFFFFFFF
_EMPTY = -1
_MOST_MOOV = 512 * 1024 * 1024


@dataclass(frozen=True)
class Heard:
    """In samples of the track."""

    skip: int
    """Before what is heard first."""
    length: int


@dataclass(frozen=True)
class _Box:
    kind: bytes
    data: bytes
    """Without its header."""

    @property
    def whole(self) -> bytes:
        return struct.pack(">I4s", 8 + len(self.data), self.kind) + self.data


@dataclass(frozen=True)
class _Track:
    boxes: list[_Box]
    is_sound: bool
    rate_hz: int
    empty: int
    """Of the movie's clock, before anything is presented."""
    length: int
    """Likewise, of what is presented."""
    first: int
    """Of the track's clock: what is presented first."""


def hide(path: Path, heard: Heard) -> bool:
    """False where the file is not as GStreamer leaves it; nothing is changed then. Raises OSError."""
    with path.open("r+b") as file:
        at = 0
        while len(header := file.read(8)) == 8:
            size, kind = struct.unpack(">I4s", header)
            large = size == 1
            if large:
                size = int.from_bytes(file.read(8))
            if kind == b"moov" and not large and 8 < size <= _MOST_MOOV:
                edited = edited_moov(file.read(size - 8), heard)
                if edited is None or file.read(1):
                    return False
                file.seek(at + 8)
                file.write(edited)
                return True
            if size < 8:
                return False
            at += size
            file.seek(at)
    return False


def edited_moov(moov: bytes, heard: Heard) -> bytes | None:
    """The contents of `moov`, as long as before. None where they are not understood."""
    try:
        return _edited(moov, heard)
    except (struct.error, ValueError, LookupError, ArithmeticError):
        return None


def _edited(moov: bytes, heard: Heard) -> bytes | None:
    boxes = list(_boxes(moov))
    head = _only(boxes, b"mvhd")
    if head[0] != 0:
        return None
    clock_hz = _number(head, 12)
    tracks = {place: _track(box) for place, box in enumerate(boxes) if box.kind == b"trak"}
    longest = max(track.empty + track.length for track in tracks.values())
    finer = _FINE_HZ // clock_hz if _FINE_HZ % clock_hz == 0 else 1
    if (longest + clock_hz) * finer > _MOST:
        finer = 1
    clock_hz *= finer
    spans: dict[int, tuple[int, int, int]] = {}
    for place, track in tracks.items():
        start, length, first = track.empty * finer, track.length * finer, track.first
        if track.is_sound:
            start += _scaled(heard.skip, clock_hz, track.rate_hz)
            length = _scaled(heard.length, clock_hz, track.rate_hz)
            first += heard.skip
        spans[place] = start, length, first
    begin = min(start for start, _, _ in spans.values())
    total = 0
    for place, (start, length, first) in spans.items():
        # The muxer has rounded: what began together begins together.
        empty = start - begin if start - begin > clock_hz // 1000 else 0
        total = max(total, empty + length)
        boxes[place] = _with_edits(tracks[place], empty, length, first)
    head = head[:12] + struct.pack(">II", clock_hz, total) + head[20:]
    return _filled([_Box(box.kind, head) if box.kind == b"mvhd" else box for box in boxes], len(moov))


def _filled(boxes: list[_Box], size: int) -> bytes | None:
    whole = b"".join(box.whole for box in boxes)
    spare = size - len(whole)
    if spare == 0:
        return whole
    return whole + _Box(b"free", bytes(spare - 8)).whole if spare >= 8 else None


def _track(trak: _Box) -> _Track:
    boxes = list(_boxes(trak.data))
    media = {box.kind: box.data for box in _boxes(_only(boxes, b"mdia"))}
    entries = _entries(_only(list(_boxes(_only(boxes, b"edts"))), b"elst"))
    empty = sum(length for length, first in entries if first == _EMPTY)
    ((length, first),) = [entry for entry in entries if entry[1] != _EMPTY]
    if media[b"mdhd"][0] != 0:
        raise ValueError("a track of the other version")
    return _Track(boxes, media[b"hdlr"][8:12] == b"soun", _number(media[b"mdhd"], 12), empty, length, first)


def _with_edits(track: _Track, empty: int, length: int, first: int) -> _Box:
    entries = ([(empty, _EMPTY)] if empty else []) + [(length, first)]
    edits = struct.pack(">II", 0, len(entries)) + b"".join(
        struct.pack(">IiI", duration, at, 1 << 16) for duration, at in entries
    )
    boxes = []
    for box in track.boxes:
        data = box.data
        if box.kind == b"edts":
            data = _Box(b"elst", edits).whole
        elif box.kind == b"tkhd":
            if data[0] != 0:
                raise ValueError("a track of the other version")
            data = data[:20] + struct.pack(">I", empty + length) + data[24:]
        boxes.append(_Box(box.kind, data))
    return _Box(b"trak", b"".join(box.whole for box in boxes))


def _entries(elst: bytes) -> list[tuple[int, int]]:
    """Length by the movie's clock, and what of the track comes first."""
    if elst[0] != 0:
        raise ValueError("edits of the other version")
    return [struct.unpack_from(">Ii", elst, 8 + 12 * number) for number in range(_number(elst, 4))]


def _boxes(data: bytes) -> Iterator[_Box]:
    at = 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > len(data):
            raise ValueError("a box that does not fit")
        yield _Box(kind, data[at + 8 : at + size])
        at += size


def _only(boxes: list[_Box], kind: bytes) -> bytes:
    (found,) = [box.data for box in boxes if box.kind == kind]
    return found


def _number(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", data, at)[0])


def _scaled(samples: int, clock_hz: int, rate_hz: int) -> int:
    return (2 * samples * clock_hz + rate_hz) // (2 * rate_hz)
