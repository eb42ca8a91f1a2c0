"""A source of two tracks on a clock of its own, and what the worker makes of its packets."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field

from media_service.timeline.epochs import Epochs, Placed, Track
from media_service.timeline.units import MS_NS, SECOND_NS

AUDIO, VIDEO = Track.AUDIO, Track.VIDEO
AAC_NS = 1024 * SECOND_NS // 48_000
FRAME_NS = 40 * MS_NS


@dataclass(frozen=True)
class Sent:
    """One packet: at `true_ns` it was recorded, at `arrives_ns` it is here."""

    track: Track
    number: int
    true_ns: int
    stamp_ns: int
    duration_ns: int
    arrives_ns: int


def audio(begin_ns: int, end_ns: int, *, shift_ns: int = 0, latency_ns: int = 0) -> list[Sent]:
    return _track(AUDIO, begin_ns, end_ns, AAC_NS, AAC_NS, shift_ns, latency_ns)


def video(
    begin_ns: int, end_ns: int, *, shift_ns: int = 0, latency_ns: int = 0, step_ns: int = FRAME_NS
) -> list[Sent]:
    """As FLV has it: no packet says how long it lasts."""
    return _track(VIDEO, begin_ns, end_ns, step_ns, 0, shift_ns, latency_ns)


def both(begin_ns: int, end_ns: int, *, shift_ns: int = 0, latency_ns: int = 0) -> list[Sent]:
    return audio(begin_ns, end_ns, shift_ns=shift_ns, latency_ns=latency_ns) + video(
        begin_ns, end_ns, shift_ns=shift_ns, latency_ns=latency_ns
    )


def _track(
    track: Track, begin: int, end: int, step: int, duration: int, shift: int, latency: int
) -> list[Sent]:
    first = -(-begin // step)
    return [
        Sent(track, n, n * step, n * step + shift, duration, n * step + latency)
        for n in range(first, -(-end // step))
    ]


@dataclass
class Worker:
    """Places packets as the session does; its clock is that of `arrives_ns`."""

    epochs: Epochs[Sent] = field(default_factory=Epochs)
    origin_ns: int | None = None
    placed: list[Placed[Sent]] = field(default_factory=list)

    def take(self, packets: Iterable[Sent], *, connected: bool = False) -> "Worker":
        """In the order of arrival."""
        if connected:
            self.epochs.connected()
        last = 0
        for packet in sorted(packets, key=lambda sent: sent.arrives_ns):
            self.tick(packet.arrives_ns)
            last = packet.arrives_ns
            self._note(
                self.epochs.place(
                    packet,
                    packet.track,
                    packet.stamp_ns,
                    packet.duration_ns,
                    media_now_ns=self.media_now(last),
                    now_ns=last,
                )
            )
        return self

    def tick(self, now_ns: int) -> "Worker":
        self._note(self.epochs.overdue(now_ns))
        return self

    def settle(self) -> "Worker":
        """Lets what waits run out of time."""
        return self.tick(1 << 60)

    def media_now(self, now_ns: int) -> int:
        return 0 if self.origin_ns is None else now_ns - self.origin_ns

    def _note(self, placed: list[Placed[Sent]]) -> None:
        for packet in placed:
            if self.origin_ns is None:
                self.origin_ns = packet.arrived_ns - packet.media_ns
            self.placed.append(packet)

    def of(self, track: Track) -> list[Placed[Sent]]:
        return [packet for packet in self.placed if packet.track is track]

    def sync_ns(self, true_ns: int) -> int:
        """Media time of the audio recorded then, minus that of the video, by the nearest packets."""
        shown = min(self.of(VIDEO), key=lambda p: abs(p.item.true_ns - true_ns))
        heard = min(self.of(AUDIO), key=lambda p: abs(p.item.true_ns - true_ns))
        return (heard.media_ns - heard.item.true_ns) - (shown.media_ns - shown.item.true_ns)


def assert_whole(worker: Worker, packets: Iterable[Sent]) -> None:
    """Every packet once, in order by track, and no track's media time goes back."""
    sent = sorted(packets, key=lambda packet: packet.arrives_ns)
    for track in Track:
        came = worker.of(track)
        assert [packet.item for packet in came] == [packet for packet in sent if packet.track is track]
        times = [packet.media_ns for packet in came]
        assert all(one < two for one, two in itertools.pairwise(times)), track
