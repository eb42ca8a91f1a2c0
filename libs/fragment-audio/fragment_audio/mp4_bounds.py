"""Refuses an MP4 whose few bytes would make a demuxer build tables of any size.

FFmpeg trusts three counts that need no bytes behind them, or that multiply with one another: samples of one
constant size, samples of a fragment's run, and entries of an edit list.
"""

from collections.abc import Iterator

from fragment_audio.errors import UnreadableSound

_MOST_SAMPLES = 12_000
_MOST_EDITS = 8
_MOST_BOXES = 4_000
_DEEPEST = 8
_FOLDERS = frozenset({b"moov", b"trak", b"edts", b"mdia", b"minf", b"stbl", b"moof", b"traf", b"mvex"})
_COUNTS = {
    # box: (where its 32 bit count stands after the header, what is too many)
    b"stsz": (8, _MOST_SAMPLES),
    b"stz2": (8, _MOST_SAMPLES),
    b"trun": (4, _MOST_SAMPLES),
    b"elst": (4, _MOST_EDITS),
}


def check_bounds(data: bytes) -> None:
    totals = dict.fromkeys(_COUNTS, 0)
    for number, (kind, start, end) in enumerate(_boxes(data, 0, len(data), 0)):
        if number > _MOST_BOXES:
            raise UnreadableSound("an MP4 of too many boxes")
        rule = _COUNTS.get(kind)
        if rule is None or start + rule[0] + 4 > end:
            continue
        at, most = rule
        totals[kind] += int.from_bytes(data[start + at : start + at + 4], "big")
        if totals[kind] > most:
            raise UnreadableSound(f"an MP4 whose {kind.decode()} is too long")


def _boxes(data: bytes, start: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, where the content starts, and where it ends."""
    while start + 8 <= end:
        size = int.from_bytes(data[start : start + 4], "big")
        kind = data[start + 4 : start + 8]
        header = 8
        if size == 1:
            size = int.from_bytes(data[start + 8 : start + 16], "big")
            header = 16
        stop = end if size == 0 else start + size
        if size not in (0,) and size < header:
            raise UnreadableSound("an MP4 box smaller than its header")
        yield kind, start + header, min(stop, end)
        if kind in _FOLDERS and depth < _DEEPEST:
            yield from _boxes(data, start + header, min(stop, end), depth + 1)
        start = stop
