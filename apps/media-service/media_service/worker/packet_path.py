"""The sound's way where nothing is dubbed and the source is AAC already: copied, packet by packet."""

from collections import deque
from collections.abc import Callable, Sequence

from fragment_audio.format import FRAME_LENGTH, AudioFormat

from media_service.audio.silence import silent_frame
from media_service.errors import InputFailed
from media_service.mix import Operator
from media_service.pipeline.packet import Packet
from media_service.segment.cutter import Cutter
from media_service.timeline.epochs import Placed
from media_service.timeline.units import MS_NS, RATE_HZ, SECOND_NS, ns_of, samples_of
from media_service.worker.hearing import Frame

JITTER = samples_of(MS_NS)
"""A container's rounding: so much may be missing where a packet of silence goes in."""

SendPacket = Callable[[bytes, int, int], None]
"""One AAC packet, its media time and its length, both in nanoseconds."""


class PacketPath:
    """Every packet keeps its own stamp. Where none came, silence stands: the muxer must not wait."""

    def __init__(
        self,
        source: AudioFormat,
        cutter: Cutter,
        *,
        send: SendPacket,
        on_cut: Callable[[int, int, int], None],
        position: int,
    ) -> None:
        self.carries = source
        self._cutter = cutter
        self._send = send
        self._on_cut = on_cut
        self._width = FRAME_LENGTH * RATE_HZ / source.rate_hz
        self._duration_ns = FRAME_LENGTH * SECOND_NS // source.rate_hz
        self._silence = silent_frame(source)
        self._waiting: deque[Frame] = deque()
        self._kept: deque[Frame] = deque()
        self._epoch = -1
        self._unit_end: int | None = None
        self._sent_to = float(position)
        self._first = True
        self.head = position
        self.position = position

    @property
    def held_bytes(self) -> int:
        return sum(len(frame.data) for frame in self._waiting)

    @property
    def frames(self) -> Sequence[Frame]:
        return self._kept

    def packet(self, placed: Placed[Packet]) -> None:
        """Raises `InputFailed` where the source changes to what cannot be copied beside what went before."""
        if placed.item.format is not self.carries and placed.item.format != self.carries:
            raise InputFailed("the source's sound has changed its format", retryable=False)
        if placed.epoch != self._epoch:
            self.close()
            self._epoch = placed.epoch
        start = samples_of(placed.media_ns)
        if start < self.head - self._width / 2:
            return
        if self._first:
            # The silence before it lies on its grid, or a part of a packet would be missing between them.
            self._first = False
            self._sent_to = start - max(0.0, (start - self._sent_to) // self._width) * self._width
        frame = Frame(start, placed.item.data, placed.media_ns)
        # Of one that comes too late silence has taken the place: sent now, it would be heard beside that.
        if start >= self._sent_to - self._width / 2:
            self._waiting.append(frame)
        self._kept.append(frame)
        self.head = round(start + self._width)
        self._unit(start)

    def fill(self, until: int) -> None:
        """Silence is put in when it is due."""

    def close(self) -> None:
        self._unit_end = None
        cut = self._cutter.close()
        if cut is not None:
            self._on_cut(cut.start, cut.end, self._epoch)

    def render(self, until: int, operator: Operator) -> None:
        """There is no dub here, so the operator's choice changes nothing."""
        del operator
        while self._waiting and self._waiting[0].start < until:
            frame = self._waiting.popleft()
            self._quiet(frame.start + JITTER)
            self._send(frame.data, frame.stamp_ns, self._duration_ns)
            self._sent_to = frame.start + self._width
        self._quiet(until - self._width)
        self.position = until
        while len(self._kept) > 1 and self._kept[1].start < until:
            self._kept.popleft()

    def flush(self) -> None:
        """Nothing is held back."""

    def _quiet(self, until: float) -> None:
        """Silence from where the last packet ended, as long as a whole packet of it fits."""
        while self._sent_to + self._width <= until:
            self._send(self._silence, ns_of(round(self._sent_to)), self._duration_ns)
            self._sent_to += self._width

    def _unit(self, start: int) -> None:
        """Units follow each other without gap, whatever the stamps' jitter."""
        begin = start if self._unit_end is None else self._unit_end
        end = max(begin + 1, self.head)
        self._unit_end = end
        cut = self._cutter.unit(begin, end)
        if cut is not None:
            self._on_cut(cut.start, cut.end, self._epoch)
