"""Cuts a stream into segments: at keyframes, all of both tracks once and in order. Pure.

A segment begins with a keyframe and ends before the next one that is `SEGMENT_NS` later; so it is as long as
the group of pictures where that is longer, and at `LONGEST_NS` it is cut all the same: who begins to watch
there sees the picture from the next keyframe on. The sound is cut where the picture is. Without a picture the
sound alone is cut: where there is none, and where it has stopped, until the next keyframe.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fragment_audio.format import AudioFormat

from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.transport_stream import SoundFrame
from media_service.timeline.units import MS_NS, SECOND_NS

SEGMENT_NS = 2 * SECOND_NS
TOLERANCE_NS = 100 * MS_NS
"""Keyframes of a container that rounds, or of 1.98 s of NTSC, are 2 s apart as well."""
LONGEST_NS = 20 * SECOND_NS
LATE_NS = 5 * SECOND_NS
"""So long a segment waits for one of its tracks."""
LATE_IN_TURNS_NS = 12 * SECOND_NS
"""The same for HLS, which may bring a segment of each in turns."""
NO_PICTURE_NS = 3 * SECOND_NS
"""After this much sound without a single picture, none is waited for."""
MOST_BYTES = 48 * 1024 * 1024
"""Of one segment; with more it is cut at once."""


@dataclass(frozen=True, eq=False)
class Segment:
    start_ns: int
    """Media time."""
    end_ns: int
    picture: PictureFormat | None
    units: list[AccessUnit]
    sound: AudioFormat | None
    frames: list[SoundFrame]
    continues: bool
    """The segment before it ends where it begins, and has the same tracks."""


@dataclass
class Segmenter:
    """`picture`, `heard` and `end` give the segments that are whole by then."""

    late_ns: int = LATE_NS
    _picture: PictureFormat | None = None
    _sound: AudioFormat | None = None
    _units: list[AccessUnit] = field(default_factory=list)
    _frames: list[SoundFrame] = field(default_factory=list)
    _bytes: int = 0
    _start_ns: int | None = None
    """None until something can begin."""
    _cut: int | None = None
    """Which of the access units begins the next segment."""
    _searched: int = 0
    """Access units before this one are no place to cut."""
    _decoded_ns: int | None = None
    """The latest decoding time: what is to be shown before it has come."""
    _has_picture: bool = False
    _before: tuple[PictureFormat | None, AudioFormat | None] | None = None
    """The tracks of the segment before; None where nothing is continued."""

    def picture(self, unit: AccessUnit, coding: PictureFormat) -> Iterator[Segment]:
        """The next access unit, in decoding order."""
        if self._picture is not None and coding is not self._picture and coding != self._picture:
            yield from self.end()
        self._picture, self._has_picture = coding, True
        if self._start_ns is None or not self._units:
            if not unit.keyframe:
                return
            # What has been heard until now was a segment without a picture, or is not needed.
            if self._start_ns is not None:
                yield from self._close(unit.pts_ns)
                self._before = None
            self._begin(unit.pts_ns)
        self._units.append(unit)
        self._bytes += len(unit.data)
        self._decoded_ns = unit.dts_ns if self._decoded_ns is None else max(self._decoded_ns, unit.dts_ns)
        yield from self._whole()

    def heard(self, frame: SoundFrame, coding: AudioFormat) -> Iterator[Segment]:
        """The next frame of sound."""
        if self._sound is not None and coding is not self._sound and coding != self._sound:
            yield from self.end()
        self._sound = coding
        if self._start_ns is not None and frame.pts_ns < self._start_ns:
            # It belongs before the first keyframe, or is later than anybody has waited for it.
            return
        self._frames.append(frame)
        self._bytes += len(frame.data)
        if self._start_ns is None:
            first_ns = self._frames[0].pts_ns
            if not self._has_picture and frame.pts_ns - first_ns >= NO_PICTURE_NS:
                self._begin(first_ns)
            elif self._has_picture and frame.pts_ns - first_ns > self.late_ns:
                self._bytes -= len(self._frames.pop(0).data)
        yield from self._whole()

    def end(self) -> Iterator[Segment]:
        """Nothing more comes, or nothing that continues this."""
        if self._start_ns is not None:
            yield from self._whole(waits=False)
            ends = [frame.pts_ns + self._frame_ns for frame in self._frames[-1:]]
            ends += [max(unit.pts_ns for unit in self._units) + _step(self._units)] if self._units else []
            if ends:
                self._cut = None
                yield from self._close(max(ends))
        self._units.clear()
        self._frames.clear()
        self._start_ns = self._cut = self._before = self._decoded_ns = None
        self._bytes = self._searched = 0
        self._has_picture = False
        self._picture = self._sound = None

    def _begin(self, start_ns: int) -> None:
        self._start_ns, self._cut, self._searched, self._decoded_ns = start_ns, None, 0, None
        self._frames = [frame for frame in self._frames if frame.pts_ns >= start_ns]
        self._bytes = sum(len(frame.data) for frame in self._frames)

    def _whole(self, *, waits: bool = True) -> Iterator[Segment]:
        while self._start_ns is not None:
            at_ns = self._next_start(self._start_ns) if self._units else self._next_of_sound(self._start_ns)
            if at_ns is None or (waits and not self._is_heard(at_ns)):
                return
            yield from self._close(at_ns)

    def _next_start(self, start_ns: int) -> int | None:
        """Where the next segment begins; None while that is not known."""
        while self._cut is None and self._searched < len(self._units):
            place, unit = self._searched, self._units[self._searched]
            self._searched += 1
            least_ns = SEGMENT_NS - TOLERANCE_NS if unit.keyframe else LONGEST_NS
            if place and (unit.pts_ns - start_ns >= least_ns or self._bytes > MOST_BYTES):
                self._cut = place
        if self._cut is None:
            return self._end_of_pictures(start_ns)
        # A keyframe may be followed by pictures that are shown before it.
        if self._decoded_ns is None or self._decoded_ns < self._units[self._cut].pts_ns:
            return None
        return min(unit.pts_ns for unit in self._units[self._cut :])

    def _end_of_pictures(self, start_ns: int) -> int | None:
        """Where they have stopped, and the sound has gone on."""
        end_ns = max(unit.pts_ns for unit in self._units[-8:]) + _step(self._units)
        return end_ns if self._heard_ns > max(end_ns, start_ns + SEGMENT_NS) + self.late_ns else None

    def _next_of_sound(self, start_ns: int) -> int | None:
        return next((f.pts_ns for f in self._frames if f.pts_ns - start_ns >= SEGMENT_NS), None)

    def _is_heard(self, at_ns: int) -> bool:
        """The sound before this moment is here, or will not come."""
        late = self._decoded_ns is not None and self._decoded_ns >= at_ns + self.late_ns
        return self._heard_ns >= at_ns or late or self._bytes > MOST_BYTES

    @property
    def _heard_ns(self) -> int:
        return self._frames[-1].pts_ns + self._frame_ns if self._frames else -LONGEST_NS

    @property
    def _frame_ns(self) -> int:
        return 1024 * SECOND_NS // self._sound.rate_hz if self._sound is not None else 0

    def _close(self, at_ns: int) -> Iterator[Segment]:
        """Everything before that moment."""
        start_ns = self._start_ns or 0
        place = len(self._units) if self._cut is None else self._cut
        units, self._units = self._units[:place], self._units[place:]
        frames = [frame for frame in self._frames if frame.pts_ns < at_ns]
        self._frames = [frame for frame in self._frames if frame.pts_ns >= at_ns]
        self._bytes = sum(len(unit.data) for unit in self._units) + sum(len(f.data) for f in self._frames)
        tracks = (self._picture if units else None, self._sound if frames else None)
        end_ns = max(at_ns, start_ns + MS_NS)
        if units or frames:
            yield Segment(start_ns, end_ns, tracks[0], units, tracks[1], frames, tracks == self._before)
        self._before = tracks if units or frames else None
        self._start_ns, self._cut, self._searched = at_ns, None, 0


def _step(units: list[AccessUnit]) -> int:
    """What the last picture lasts."""
    return units[-1].dts_ns - units[-2].dts_ns if len(units) > 1 else 40 * MS_NS
