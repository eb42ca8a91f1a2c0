"""When each byte of an flv or ts file is due, so that it can be sent live exactly as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from media_service.testmedia import media
from media_service.testmedia.media import PacketSeen

JUMP_NS = 1_000_000_000


@dataclass(frozen=True)
class Due:
    at_ns: int
    """after the first"""
    start: int
    end: int
    """bytes of the file"""
    packet: PacketSeen


def schedule(path: Path) -> list[Due]:
    return times(media.read(path, pictures=False, sound=False).packets, path.stat().st_size)


def times(packets: Sequence[PacketSeen], size: int) -> list[Due]:
    """A packet is due at its DTS. A jump of the clock, or a hole in both tracks over 1 s, takes no time."""
    ordered = sorted(packets, key=lambda packet: packet.position)
    now_ns = newest_ns = 0
    out = []
    for index, packet in enumerate(ordered):
        dts_ns = packet.pts_ns if packet.dts_ns is None else packet.dts_ns
        if index == 0 or abs(dts_ns - newest_ns) > JUMP_NS:
            newest_ns = dts_ns
        now_ns += max(0, dts_ns - newest_ns)
        newest_ns = max(newest_ns, dts_ns)
        end = ordered[index + 1].position if index + 1 < len(ordered) else size
        out.append(Due(now_ns, 0 if index == 0 else packet.position, end, packet))
    return out


def beginning_at(due: Sequence[Due], start_s: float) -> tuple[int, list[Due]]:
    """(bytes of header, what follows from the first keyframe at or after `start_s`)."""
    header = due[0].packet.position
    if start_s <= 0:
        return 0, list(due)
    starts = (n for n, d in enumerate(due) if d.at_ns >= start_s * 1e9 and _enters(d.packet))
    first = next(starts, None)
    if first is None:
        raise ValueError(f"no keyframe at or after {start_s} s")
    return header, list(due[first:])


def _enters(packet: PacketSeen) -> bool:
    return packet.kind == "video" and packet.keyframe
