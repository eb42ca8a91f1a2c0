"""When the muxer has to be told that no picture comes: it would keep the sound back for one."""

from media_service.timeline.units import MS_NS

PATIENCE_NS = 300 * MS_NS
"""So long after a picture it may still be that the next one is only slow."""
STEP_NS = 40 * MS_NS
"""From then on so often: the sound beside a hole leaves by and by, not in bursts."""


class PictureHole:
    """Of one connection of the output. Media time, in nanoseconds."""

    def __init__(self) -> None:
        self._until_ns: int | None = None
        """Up to here the muxer knows of pictures, or that there are none; None before the first."""
        self._is_open = False

    def picture(self, decode_ns: int) -> None:
        self._until_ns = decode_ns
        self._is_open = False

    def told_until(self, media_ns: int) -> tuple[int, int] | None:
        """Everything up to here has been fed: where a stretch without a picture begins, and its length, if it
        is time to tell.
        """
        if self._until_ns is None:
            return None
        start_ns, length_ns = self._until_ns, media_ns - self._until_ns
        if length_ns <= (STEP_NS if self._is_open else PATIENCE_NS):
            return None
        self._until_ns = media_ns
        self._is_open = True
        return start_ns, length_ns
