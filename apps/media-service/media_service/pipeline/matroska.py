"""How much of a Matroska file's sound is the encoder's head start.

The file says it as the track's CodecDelay, by which every stamp of the track is late (RFC 9559). GStreamer's
demuxer heeds it for Opus only, and not in the first packet, so it is read here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

SEGMENT, TRACKS, CLUSTER = 0x18538067, 0x1654AE6B, 0x1F43B675
TRACK_ENTRY, TRACK_TYPE, CODEC_DELAY = 0xAE, 0x83, 0x56AA
AUDIO = 2
MOST_ELEMENTS = 1000
MOST_DELAY_NS = 1_000_000_000


def sound_delay_ns(path: str) -> int:
    """Of the first sound track; 0 where the file says nothing, or is none."""
    try:
        with Path(path).open("rb") as file:
            return delay_in(file)
    except (OSError, EOFError):
        return 0


def delay_in(file: BinaryIO) -> int:
    """The same for what is open already. Raises EOFError where it ends too soon."""
    for top, _, top_end in _elements(file, _size(file)):
        if top != SEGMENT:
            continue
        for name, _, end in _elements(file, top_end):
            if name == CLUSTER:
                return 0
            if name != TRACKS:
                continue
            for track, _, track_end in _elements(file, end):
                delay = _delay_of(file, track_end) if track == TRACK_ENTRY else None
                if delay is not None:
                    return delay
    return 0


def _delay_of(file: BinaryIO, end: int) -> int | None:
    """None for a track of another kind than sound."""
    kind = delay = 0
    for name, start, stop in _elements(file, end):
        if name in (TRACK_TYPE, CODEC_DELAY) and stop - start <= 8:
            value = int.from_bytes(file.read(stop - start))
            kind, delay = (value, delay) if name == TRACK_TYPE else (kind, value)
    return min(delay, MOST_DELAY_NS) if kind == AUDIO else None


def _elements(file: BinaryIO, end: int) -> Iterator[tuple[int, int, int]]:
    """Identity, start and end of the contents; the file stands at their start."""
    for _ in range(MOST_ELEMENTS):
        if file.tell() >= end:
            return
        name = _number(file, keep_marker=True)
        size = _number(file, keep_marker=False)
        start = file.tell()
        stop = end if size is None else min(end, start + size)
        yield name or 0, start, stop
        file.seek(stop)


def _number(file: BinaryIO, *, keep_marker: bool) -> int | None:
    """A number of variable length; None where all its bits are set: unknown."""
    first = file.read(1)
    if not first or not first[0]:
        raise EOFError
    length = 9 - first[0].bit_length()
    rest = file.read(length - 1)
    if len(rest) < length - 1:
        raise EOFError
    value = int.from_bytes(first + rest)
    mask = (1 << 7 * length) - 1
    if keep_marker:
        return value
    return None if value & mask == mask else value & mask


def _size(file: BinaryIO) -> int:
    size = file.seek(0, 2)
    file.seek(0)
    return size
