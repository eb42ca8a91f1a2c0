"""Whether a recording's video is the source's: a hash of each access unit's coded slices, in order."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from media_service.handover.slices import Digest, digest, length_size
from media_service.testmedia.media import Media

__all__ = ["Copied", "Digest", "compare", "digest", "digests", "length_size"]


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
    for number, unit in enumerate(source):
        places[unit].append(number)
    seen: set[int] = set()
    doubled: list[int] = []
    reordered = changed = 0
    newest = -1
    for unit in output:
        known = places.get(unit)
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
