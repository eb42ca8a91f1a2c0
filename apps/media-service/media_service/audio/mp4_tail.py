"""The last packets of an MP4's sound: GStreamer's demuxer leaves out the one in which the edit list ends."""

from dataclasses import dataclass

import av

from media_service.timeline.units import SECOND_NS

_BEFORE_END_S = 1
_MOST_PACKETS = 2000


@dataclass(frozen=True)
class TailPacket:
    pts_ns: int
    """As the file's edit list counts: 0 is what is heard first."""
    duration_ns: int
    data: bytes


def sound_tail(path: str) -> list[TailPacket]:
    """Of the last second; empty where FFmpeg cannot say."""
    found: list[TailPacket] = []
    try:
        with av.open(path, format="mov", options={"enable_drefs": "0"}) as container:
            stream = container.streams.audio[0]
            base = stream.time_base
            if base is None or stream.duration is None:
                return []
            container.seek(max(0, stream.duration - round(_BEFORE_END_S / base)), stream=stream)
            for number, packet in enumerate(container.demux(stream)):
                if number >= _MOST_PACKETS:
                    break
                if packet.pts is not None and packet.size:
                    pts_ns, lasting_ns = (
                        round(t * base * SECOND_NS) for t in (packet.pts, packet.duration or 0)
                    )
                    found.append(TailPacket(pts_ns, lasting_ns, bytes(packet)))
    except (av.FFmpegError, OSError, IndexError, ValueError):
        return []
    return found
