"""What the times of arrival tell: how long the output paused, and how far behind its source it was."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from media_service.testmedia import copied, schedule
from media_service.testmedia.access import Kind
from media_service.testmedia.media import Media, PacketSeen, read
from media_service.testmedia.recorder import arrivals_file


@dataclass(frozen=True)
class Arrived:
    packet: PacketSeen
    at_ns: int
    """of the monotonic clock"""


@dataclass(frozen=True)
class Pause:
    start_ns: int
    end_ns: int

    @property
    def length_ms(self) -> float:
        return (self.end_ns - self.start_ns) / 1e6


def arrived(media: Media, kind: Kind | None = None) -> list[Arrived]:
    """Each packet with the moment at which its last byte was there."""
    moments, totals = _taken_down(media.path)
    packets = media.packets if kind is None else media.of(kind)
    out = []
    for packet in packets:
        index = bisect_left(totals, packet.position + len(packet.data))
        out.append(Arrived(packet, moments[min(index, len(moments) - 1)]))
    return sorted(out, key=lambda item: item.at_ns)


def pauses(
    media: Media,
    *,
    least_ms: float = 200,
    kind: Kind | None = None,
    from_ns: int = 0,
    to_ns: int | None = None,
) -> list[Pause]:
    """Times between two packets' arrivals, between two moments of the monotonic clock."""
    moments = [
        item.at_ns
        for item in arrived(media, kind)
        if item.at_ns >= from_ns and (to_ns is None or item.at_ns <= to_ns)
    ]
    found = [Pause(a, b) for a, b in pairwise(moments)]
    return [pause for pause in found if pause.length_ms >= least_ms]


def longest_pause_ms(media: Media, kind: Kind | None = None, *, from_ns: int = 0) -> float:
    return max((p.length_ms for p in pauses(media, least_ms=0, kind=kind, from_ns=from_ns)), default=0.0)


def delays_ms(media: Media, source: Path, started_ns: int, *, start_s: float = 0.0) -> list[float]:
    """From the sending of each access unit of `source` by a Publisher until its arrival here."""
    sent_media = read(source, pictures=False, sound=False)
    due = schedule.times(sent_media.packets, source.stat().st_size)
    _, sent = schedule.beginning_at(due, start_s)
    codec = sent_media.codecs["video"]
    length = copied.length_size(codec, sent_media.extradata["video"])
    moments = {
        copied.digest(item.packet.data, codec, length): started_ns + item.at_ns - sent[0].at_ns
        for item in sent
        if item.packet.kind == "video"
    }
    length = copied.length_size(media.codecs["video"], media.extradata["video"])
    out = []
    for item in arrived(media, "video"):
        moment = moments.get(copied.digest(item.packet.data, codec, length))
        if moment is not None:
            out.append((item.at_ns - moment) / 1e6)
    return out


def delay_ms(media: Media, source: Path, started_ns: int, *, start_s: float = 0.0) -> float:
    """The median."""
    found = delays_ms(media, source, started_ns, start_s=start_s)
    if not found:
        raise ValueError("the recording has no picture of the source")
    return median(found)


def _taken_down(file: Path) -> tuple[list[int], list[int]]:
    lines = [line.split() for line in arrivals_file(file).read_text().splitlines()]
    return [int(moment) for moment, _ in lines], [int(total) for _, total in lines]
