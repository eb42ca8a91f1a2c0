"""A source's stamps become media time.

Within an epoch the two differ by a constant, the same for both tracks: that is the whole of A/V sync. An
epoch ends where both tracks jump together, or where the source was connected anew. A track that jumps
alone to where the other one is has a hole. Which of the two it is shows only in what the other track does
next, so a packet that jumps is held until then, and everything behind it. A track whose stamps part from
the other's for good is played as it arrives: no stamp can tell its sync any more, and silence would not
be better.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from media_service.timeline.tracks import Arrival, Placed, Track
from media_service.timeline.units import MS_NS, SECOND_NS

__all__ = ["Epochs", "Placed", "Track"]

JUMP_NS = 500 * MS_NS
"""A step in the stamps beyond this is no jitter."""
BACK_NS = 100 * MS_NS
"""Stamps that go back by more than this are no jitter."""
NEAR_NS = 1500 * MS_NS
"""A jump that lands this near to the other track ends a hole: tracks are interleaved no further apart."""
LATE_NS = 10 * SECOND_NS
"""A track that begins this much after the other still belongs to its time."""
GATHER_NS = 300 * MS_NS
"""Clock time for which a connection's first packets are gathered: servers send them in a burst, and the last
of it tells the latency better than the first."""
MOST_GATHERED = 2000
HOLD_NS = SECOND_NS
"""Clock time for which a jump waits for the other track."""
MOST_HELD = 400
"""Packets that wait for a verdict; with more it is given without waiting."""
LONGEST_STEP_NS = 50 * MS_NS
"""What a packet that does not say its duration is taken to last at most: the step from the one before it."""

T = TypeVar("T")


@dataclass
class Epochs(Generic[T]):
    """Owned by the tick. `place` takes packets in the order of arrival; stamps are decoding times. Each
    track's packets come out in the order in which they went in.
    """

    gather_ns: int = GATHER_NS
    epoch: int = -1
    _offsets: dict[Track, int] = field(default_factory=dict)
    _ends: dict[Track, int] = field(default_factory=dict)
    """By track, the stamp at which its latest packet of this epoch ends."""
    _reached: dict[Track, int] = field(default_factory=dict)
    """By track, the media time at which its latest packet ends, over all epochs."""
    _held: list[Arrival[T]] = field(default_factory=list)
    _fresh: bool = True

    def connected(self) -> None:
        """The next packet comes from a new connection; what was held of the old one is lost with it."""
        self._fresh = True
        self._held.clear()

    def place(
        self, item: T, track: Track, stamp_ns: int, duration_ns: int, *, media_now_ns: int, now_ns: int
    ) -> list[Placed[T]]:
        """The packets whose time is certain now, in order; often this one, sometimes none."""
        self._held.append(Arrival(item, track, stamp_ns, duration_ns, now_ns, media_now_ns))
        return self._certain(now_ns)

    def overdue(self, now_ns: int) -> list[Placed[T]]:
        """What has waited long enough."""
        return self._certain(now_ns)

    def _certain(self, now_ns: int) -> list[Placed[T]]:
        placed: list[Placed[T]] = []
        while self._held:
            before: list[Placed[T]] | None = []
            if self._fresh:
                before = self._beginning(now_ns)
            elif self._jumps(self._held[0]):
                if self._strays():
                    placed.append(self._put_stray(self._held.pop(0)))
                    continue
                before = self._verdict(self._held[0], now_ns)
            if before is None:
                break
            placed += before
            placed.append(self._put(self._held.pop(0)))
        return placed

    # Jumps

    def _jumps(self, packet: Arrival[T]) -> bool:
        end = self._ends.get(packet.track)
        if end is not None:
            return _is_jump(end, packet.stamp_ns)
        if not self._ends:
            return False
        return abs(packet.stamp_ns - max(self._ends.values())) > LATE_NS or self._overlaps(packet)

    def _overlaps(self, packet: Arrival[T]) -> bool:
        """It would lie where its track has been already, in an epoch before."""
        media_ns = packet.stamp_ns + self._offsets[packet.track]
        return media_ns < self._reached.get(packet.track, media_ns) - BACK_NS

    def _verdict(self, first: Arrival[T], now_ns: int) -> list[Placed[T]] | None:
        """What the first packet held, which jumps, means; None while that is open. Sets the offsets by which
        it is to be put, and returns what is put before it.
        """
        other = self._ends.get(first.track.other)
        if other is None:
            self._begin(self._held)
            return []
        before, other_end, jumped = self._of_other(other)
        if jumped:
            placed = [self._put(packet) for packet in before]
            self._held = [packet for packet in self._held if packet not in before]
            self._begin(self._held)
            return placed
        waited = now_ns - first.arrived_ns >= HOLD_NS or len(self._held) >= MOST_HELD
        near = abs(first.stamp_ns - other) <= NEAR_NS
        in_step = len(set(self._offsets.values())) == 1
        if near and in_step and not self._overlaps(first):
            # A hole, if the other track goes on through it.
            return [] if waited or other_end >= first.stamp_ns else None
        if not waited and (in_step or not near):
            return None
        if near:
            self._begin(self._held)
        else:
            self._part(first)
        return []

    def _of_other(self, end: int) -> tuple[list[Arrival[T]], int, bool]:
        """Of the track that did not jump first: what it has sent since, where that ends, and whether it then
        jumped as well.
        """
        before: list[Arrival[T]] = []
        for packet in self._held:
            if packet.track is self._held[0].track:
                continue
            if _is_jump(end, packet.stamp_ns):
                return before, end, True
            before.append(packet)
            end = max(end, packet.end_ns)
        return before, end, False

    def _strays(self) -> bool:
        """The track goes on after the first packet held as if that had not been: only its stamp is wrong."""
        first = self._held[0]
        end = self._ends.get(first.track)
        following = next((packet for packet in self._held[1:] if packet.track is first.track), None)
        return (
            end is not None
            and following is not None
            and _is_jump(first.end_ns, following.stamp_ns)
            and not _is_jump(end, following.stamp_ns)
        )

    # Offsets

    def _beginning(self, now_ns: int) -> list[Placed[T]] | None:
        """A connection's first packets: the one that came with the least delay says when they all belong."""
        waited = now_ns - self._held[0].arrived_ns >= self.gather_ns
        if not waited and len(self._held) < MOST_GATHERED:
            return None
        self._begin(self._held)
        self._fresh = False
        return []

    def _begin(self, packets: Sequence[Arrival[T]]) -> None:
        """An epoch begins at the media time that has really passed, and after all before it."""
        first = packets[0].stamp_ns
        together = [packet for packet in packets if abs(packet.stamp_ns - first) < LATE_NS]
        earliest = min(packet.stamp_ns for packet in together)
        least = -earliest if self.epoch < 0 else None
        for track, reached in self._reached.items():
            stamp = min((packet.stamp_ns for packet in together if packet.track is track), default=earliest)
            least = reached - stamp if least is None else max(least, reached - stamp)
        offset = min(packet.offset_ns for packet in together)
        if least is not None and (offset < least or (not self._fresh and offset - least < JUMP_NS)):
            # In a stream that flows on, jitter of arrival is no pause.
            offset = least
        self._offsets = dict.fromkeys(Track, offset)
        self._ends.clear()
        self.epoch += 1

    def _part(self, first: Arrival[T]) -> None:
        """One track's stamps have left the other's: it goes on where it was, or as late as it really is."""
        reached = self._reached.get(first.track, first.media_now_ns)
        media_ns = reached if first.media_now_ns - reached < JUMP_NS else first.media_now_ns
        self._offsets[first.track] = media_ns - first.stamp_ns
        self._ends.pop(first.track, None)

    def _put_stray(self, packet: Arrival[T]) -> Placed[T]:
        offset = self._reached[packet.track] - packet.stamp_ns
        return Placed(packet.item, packet.track, packet.stamp_ns, offset, self.epoch, packet.arrived_ns)

    def _put(self, packet: Arrival[T]) -> Placed[T]:
        track, offset = packet.track, self._offsets[packet.track]
        before = self._ends.get(track, packet.end_ns)
        step = min(max(0, packet.stamp_ns - before), LONGEST_STEP_NS)
        media_end = packet.stamp_ns + (packet.duration_ns or step) + offset
        self._ends[track] = max(packet.end_ns, before)
        self._reached[track] = max(media_end, self._reached.get(track, media_end))
        return Placed(packet.item, track, packet.stamp_ns, offset, self.epoch, packet.arrived_ns)


def _is_jump(end_ns: int, stamp_ns: int) -> bool:
    return stamp_ns - end_ns > JUMP_NS or end_ns - stamp_ns > BACK_NS
