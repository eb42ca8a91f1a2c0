"""The source's sound on its way into the lane: decoded, laid, and cut into slots."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from fragment_audio.errors import Undecodable
from fragment_audio.format import FRAME_LENGTH, AudioFormat

from media_service.audio.decoder import StreamDecoder
from media_service.pipeline.packet import Packet
from media_service.segment.cutter import Cut, Cutter
from media_service.segment.voice import HeardUnit, VoiceActivity
from media_service.timeline.epochs import Placed
from media_service.timeline.lane import Lane
from media_service.timeline.units import Sound

log = logging.getLogger("media_service.input")

BLOCK = FRAME_LENGTH
"""Lane samples of a unit of silence where the source sent nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One packet of the source's sound, and where its samples lie."""

    start: int
    """Lane samples."""
    data: bytes
    stamp_ns: int
    """As the source wrote it."""


class Hearing:
    """Owned by the tick. `on_cut` is told of each slot's end, `on_format` of a new format before its first
    sound.
    """

    def __init__(
        self,
        lane: Lane,
        cutter: Cutter,
        voice: VoiceActivity | None,
        *,
        on_cut: Callable[[int, int, int], None],
        on_format: Callable[[AudioFormat], None],
    ) -> None:
        self._lane = lane
        self._cutter = cutter
        self._voice = voice
        self._on_cut = on_cut
        self._on_format = on_format
        self._decoder: StreamDecoder | None = None
        self._epoch = -1
        self._offset_ns = 0
        self._keeps = False
        """The packets can be copied into a fragment as they are."""
        self._broken = 0
        self._last = -1
        """Where the epoch's latest unit ends; -1 before its first."""
        self.frames: deque[Frame] = deque()
        """The packets whose samples are still in a slot that is open or being sent."""
        self.format: AudioFormat | None = None

    def packet(self, placed: Placed[Packet]) -> None:
        """Lays one packet's sound."""
        sound_format = placed.item.format
        if not isinstance(sound_format, AudioFormat):
            return
        changed = sound_format is not self.format and sound_format != self.format
        if changed or placed.epoch != self._epoch:
            self.close()
            self._epoch = placed.epoch
        if changed:
            self._change(sound_format)
        if self._decoder is not None and placed.offset_ns != self._offset_ns:
            # What it still holds belongs where the sound before it lies.
            self._lay(self._decoder.flush())
        if self._decoder is None:
            self._decoder = StreamDecoder(sound_format)
        self._offset_ns = placed.offset_ns
        try:
            pieces = self._decoder.decode(placed.item.data, placed.stamp_ns)
        except Undecodable as error:
            self._broken += 1
            if self._broken & (self._broken - 1) == 0:
                log.warning("a packet of sound cannot be decoded (%d so far): %s", self._broken, error)
            return
        # The packet's own sound is the last piece; before it may come the rest of a run that a jump ended.
        self._lay(pieces[:-1])
        self._lay(pieces[-1:], placed.item.data if self._keeps else None, placed.stamp_ns)

    def _change(self, sound: AudioFormat) -> None:
        self.format = sound
        self._keeps = sound.copyable
        self.frames.clear()
        self._on_format(sound)

    def fill(self, until: int) -> None:
        """The source has had no sound for a while: silence up to a lane position."""
        if self._last < 0:
            return
        start = self._lane.head
        if self._lane.fill(until) is not None:
            self._silence(start, until)

    def close(self) -> None:
        """The epoch is over: the open slot ends here."""
        if self._decoder is not None:
            self._lay(self._decoder.flush())
            self._decoder = None
        if self._voice is not None:
            self._cut(self._voice.finish())
        self._take(self._cutter.close())
        self._last = -1

    def forget(self, before: int) -> None:
        """Lets go of the packets before a lane position; one more stays, as pre-roll."""
        while len(self.frames) > 1 and self.frames[1].start < before:
            self.frames.popleft()

    def _lay(self, pieces: list[tuple[int, Sound]], data: bytes | None = None, stamp_ns: int = 0) -> None:
        """`data`: the packet that the samples were, if it is kept."""
        for pts_ns, sound in pieces:
            span = self._lane.lay(pts_ns + self._offset_ns, sound, self._epoch)
            if span is None:
                continue
            if data is not None:
                # Before the slot that it completes is told of.
                self.frames.append(Frame(span.start, data, stamp_ns))
            # Silence before an epoch's first sound belongs to no slot.
            if span.hole and self._last >= 0:
                self._silence(span.start - span.hole, span.start)
            self._last = span.end
            if self._voice is not None:
                self._cut(self._voice.hear(span.start, self._lane.read(span.start, span.end - span.start)))
            else:
                self._take(self._cutter.unit(span.start, span.end))

    def _silence(self, start: int, end: int) -> None:
        for at in range(start, end, BLOCK):
            until = min(at + BLOCK, end)
            if self._voice is not None:
                self._cut(self._voice.hear(at, self._lane.read(at, until - at)))
            else:
                self._take(self._cutter.unit(at, until))
        self._last = end

    def _cut(self, units: list[HeardUnit]) -> None:
        for unit in units:
            self._take(self._cutter.unit(unit.start, unit.end, unit.speech, unit.level_db))

    def _take(self, cut: Cut | None) -> None:
        if cut is not None:
            self._on_cut(cut.start, cut.end, self._epoch)
