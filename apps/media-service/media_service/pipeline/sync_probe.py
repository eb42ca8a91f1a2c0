"""What the muxer really gets: the stamps of both tracks against what was meant, looked at once in a while.

A probe runs in a streaming thread, and Python there is dear, so it is set for one buffer of each track and
gone.
"""

from collections import deque
from typing import Any

from media_service.pipeline.gst import NONE, Gst
from media_service.timeline.units import MS_NS

MATCH_NS = 200 * MS_NS
"""A picture further off than this is another picture."""


class SyncProbe:
    def __init__(self, muxer: Any) -> None:
        self._muxer = muxer
        self._pictures: deque[int] = deque(maxlen=1000)
        self._seen: dict[str, int] = {}
        self._grid_ns = 0
        self._first_sound_ns: int | None = None

    def picture(self, pts_ns: int) -> None:
        """The stamp that a picture was given."""
        self._pictures.append(pts_ns)

    def arm(self) -> None:
        """Looks at the next buffer of each track."""
        self._seen.clear()
        for pad in self._muxer.sinkpads:
            pad.add_probe(Gst.PadProbeType.BUFFER, self._look)

    def delta_ms(self, frame_ns: float) -> float | None:
        """Sound minus picture, as the muxer saw them; None until both have been seen.

        `frame_ns`: the length of an encoded frame of sound; every frame lies on the grid of the first.
        """
        video, audio = self._seen.get("video"), self._seen.get("audio")
        if audio is None:
            return None
        if self._first_sound_ns is None:
            self._first_sound_ns = audio
        frames = round((audio - self._first_sound_ns) / frame_ns)
        sound_off = audio - self._first_sound_ns - frames * frame_ns
        if video is None:
            return None
        nearest = min(self._pictures, key=lambda pts: abs(pts - video), default=None)
        if nearest is None or abs(nearest - video) > MATCH_NS:
            return None
        return (sound_off - (video - nearest)) / MS_NS

    def _look(self, pad: Any, info: Any) -> Any:
        caps = pad.get_current_caps()
        pts = info.get_buffer().pts
        if caps is not None and pts != NONE:
            track = "video" if caps.get_structure(0).get_name().startswith("video/") else "audio"
            self._seen[track] = pts
        return Gst.PadProbeReturn.REMOVE
