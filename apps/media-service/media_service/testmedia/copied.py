"""Whether a recording's video is the source's: one hash over the coded slices of each access unit, in order.

Parameter sets, delimiters and filler are left out: a muxer may repeat or drop them, the picture is the same.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from media_service.testmedia.media import Media

Digest = bytes


@dataclass(frozen=True)
class Copied:
    """Numbers are those of the source's access units, in the order of decoding."""

    matched: int
    first: int | None
    last: int | None
    lost: list[int]
    """Between first and last, never seen."""
    doubled: list[int]
    reordered: int
    """Units that came after one that the source has later."""
    changed: int
    """Units that the source has not."""

    @property
    def whole(self) -> bool:
        """All from the first to the last that came, each once, in order, unchanged."""
        return self.matched > 0 and not (self.lost or self.doubled or self.reordered or self.changed)


def compare(source: Sequence[Digest], output: Sequence[Digest]) -> Copied:
    """Equal pictures have equal hashes: of those the one is meant that follows what came before."""
    places: dict[Digest, list[int]] = defaultdict(list)
    for number, digest in enumerate(source):
        places[digest].append(number)
    seen: set[int] = set()
    doubled: list[int] = []
    reordered = changed = 0
    newest = -1
    for digest in output:
        known = places.get(digest)
        if not known:
            changed += 1
            continue
        number = known[min(bisect_left(known, newest + 1), len(known) - 1)]
        if number in seen:
            doubled.append(number)
            continue
        reordered += number < newest
        newest = max(newest, number)
        seen.add(number)
    if not seen:
        return Copied(0, None, None, [], doubled, reordered, changed)
    first, last = min(seen), max(seen)
    lost = [number for number in range(first, last + 1) if number not in seen]
    return Copied(len(seen), first, last, lost, doubled, reordered, changed)


def digests(media: Media) -> list[Digest]:
    codec = media.codecs["video"]
    length = length_size(codec, media.extradata["video"])
    return [digest(packet.data, codec, length) for packet in media.of("video")]


def digest(unit: bytes, codec: str, length_size: int | None) -> Digest:
    """`length_size` None: Annex B, with start codes."""
    sum_ = sha256()
    for nal in annexb(unit) if length_size is None else length_prefixed(unit, length_size):
        if nal and (1 <= nal[0] & 31 <= 5 if codec == "h264" else nal[0] >> 1 & 63 < 32):
            sum_.update(len(nal).to_bytes(4, "big") + nal)
    return sum_.digest()


def length_size(codec: str, extradata: bytes) -> int | None:
    """Of the lengths before each NAL unit, as avcC or hvcC say; None where there is neither."""
    if not extradata or extradata[:3] == b"\0\0\1" or extradata[:4] == b"\0\0\0\1":
        return None
    return extradata[4 if codec == "h264" else 21] % 4 + 1


def length_prefixed(unit: bytes, size: int) -> Iterator[bytes]:
    at = 0
    while at + size <= len(unit):
        length = int.from_bytes(unit[at : at + size], "big")
        yield unit[at + size : at + size + length]
        at += size + length


def annexb(unit: bytes) -> Iterator[bytes]:
    """Zero bytes after a NAL unit belong to the next start code or to padding."""
    at = unit.find(b"\0\0\1")
    while at >= 0:
        after = unit.find(b"\0\0\1", at + 3)
        yield unit[at + 3 : after if after >= 0 else len(unit)].rstrip(b"\0")
        at = after
