"""The lane: the source's sound by sample index, without a gap and without an overlap.

Sound is placed by counting samples. Its stamps only correct the count: a hole is filled with silence, an
overlap is cut, and a slow drift between the stamps and the count is taken out by playing at most 0.5 %
faster or slower. What continues nothing (the first sound after silence or a cut) lies where its stamp says.
"""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from media_service.timeline.units import CHANNELS, MS_NS, RATE_HZ, Sound, samples_of

HOLE = samples_of(15 * MS_NS)
"""An error beyond this is lost or doubled sound: under one AAC frame, over the jitter of MPEG-TS stamps."""
SLEW_PER_MILLE = 5
DRIFT_TIME_S = 2.0
"""Stamps jitter; their error is averaged over about this time, and its rate of change over longer."""
DEAD_BAND = samples_of(MS_NS // 2)
EDGE = samples_of(3 * MS_NS)
"""Sound beside a hole is faded over this length, so that the hole does not click."""


@dataclass(frozen=True)
class Span:
    """Where a piece of sound came to lie."""

    start: int
    end: int
    hole: int = 0
    """Samples of silence laid just before `start`."""


@dataclass
class Lane:
    """Owned by the tick. Positions are lane samples since the run's start."""

    head: int = 0
    """The first sample not yet laid."""
    tail: int = 0
    """The first sample still kept."""
    holes: int = 0
    """Samples of silence that stand for sound that never came."""
    cut: int = 0
    """Samples that came twice."""
    slewed: int = 0
    """Samples put in (or left out, negative) to follow the stamps."""

    _chunks: deque[tuple[int, Sound]] = field(default_factory=deque)
    _epoch: int = -1
    _drift: float = 0.0
    """Samples by which the stamps are ahead of the count, averaged."""
    _rate: float = 0.0
    """By how many more they will be, a sample. Without it the average would lag behind a steady drift."""
    _allowance: int = 0
    """Thousandths of a sample that may be put in or left out now: a short piece alone may have none."""
    _slewing: bool = False
    _fade_in: bool = False

    def lay(self, media_ns: int, sound: Sound, epoch: int) -> Span | None:
        """Puts a piece of sound where it belongs; None where all of it came twice."""
        position = samples_of(media_ns)
        hole = 0
        error = position - self.head
        begins = epoch != self._epoch
        if begins:
            self._epoch, self._drift, self._rate, self._slewing = epoch, 0.0, 0.0, False
            self._edge()
        # Where it continues nothing, an error is no drift: slewed, it would be heard for seconds.
        if error > HOLE or (error > 0 and (begins or self._fade_in)):
            hole, self._drift = error, 0.0
        elif error < -HOLE or (error < 0 and self._fade_in):
            doubled = min(len(sound), -error)
            self.cut += doubled
            sound, self._drift = sound[doubled:], 0.0
            self._edge()
        else:
            sound = self._follow(error, sound)
        if not len(sound):
            return None
        if hole:
            self._silence(hole)
        if self._fade_in:
            sound = _faded(sound, np.linspace(0, 1, min(EDGE, len(sound)), dtype=np.float32), at_end=False)
            self._fade_in = False
        start = self.head
        self._chunks.append((start, sound))
        self.head += len(sound)
        return Span(start, self.head, hole)

    def fill(self, until: int) -> Span | None:
        """Lays silence up to a position: the source has no sound for now."""
        if until <= self.head:
            return None
        start = self.head
        self._silence(until - start)
        return Span(start, self.head)

    def read(self, start: int, length: int) -> Sound:
        """A copy of the sound; silence where there is none."""
        sound = np.zeros((length, CHANNELS), np.float32)
        for begin, chunk in self._chunks:
            if begin >= start + length:
                break
            low, high = max(begin, start), min(begin + len(chunk), start + length)
            if low < high:
                sound[low - start : high - start] = chunk[low - begin : high - begin]
        return sound

    def forget(self, before: int) -> None:
        """Lets go of what nobody will read again."""
        while self._chunks and self._chunks[0][0] + len(self._chunks[0][1]) <= before:
            self._chunks.popleft()
        self.tail = max(self.tail, before)

    @property
    def held_bytes(self) -> int:
        return sum(chunk.nbytes for _, chunk in self._chunks)

    def _silence(self, length: int) -> None:
        """Silence is not stored, but counted."""
        self._edge()
        self.holes += length
        self.head += length

    def _edge(self) -> None:
        """What comes next does not continue what was laid last: one is faded out, the other in."""
        if self._chunks and not self._fade_in:
            begin, last = self._chunks.pop()
            ramp = np.linspace(1, 0, min(EDGE, len(last)), dtype=np.float32)
            self._chunks.append((begin, _faded(last, ramp, at_end=True)))
        self._fade_in = bool(self.head)

    def _follow(self, error: int, sound: Sound) -> Sound:
        """The sound, a few samples longer or shorter where the stamps have drifted from the count."""
        length = max(1, len(sound))
        share = min(1.0, length / (DRIFT_TIME_S * RATE_HZ))
        self._drift += self._rate * length
        residue = error - self._drift
        self._drift += residue * share
        most = SLEW_PER_MILLE / 1000
        self._rate = max(-most, min(most, self._rate + residue * share * share / 2 / length))
        self._allowance = min(self._allowance, 999) + length * SLEW_PER_MILLE
        if not self._slewing and abs(self._drift) < DEAD_BAND:
            return sound
        wanted = round(self._drift)
        limit = min(self._allowance // 1000, len(sound) // 2)
        step = max(-limit, min(limit, wanted))
        self._slewing = wanted != 0
        if step == 0:
            return sound
        self._allowance -= abs(step) * 1000
        self._drift -= step
        self.slewed += step
        return stretched(sound, len(sound) + step)


def stretched(sound: Sound, length: int) -> Sound:
    """The same sound over another number of samples, by straight lines: for changes far under a percent."""
    if length == len(sound) or len(sound) < 2 or length < 2:
        return sound
    at = np.linspace(0, len(sound) - 1, length, dtype=np.float64)
    index = np.arange(len(sound))
    return np.stack([np.interp(at, index, channel) for channel in sound.T], axis=1).astype(np.float32)


def _faded(sound: Sound, ramp: np.ndarray[tuple[int], np.dtype[np.float32]], *, at_end: bool) -> Sound:
    result = sound.copy()
    if at_end:
        result[len(sound) - len(ramp) :] *= ramp[:, None]
    else:
        result[: len(ramp)] *= ramp[:, None]
    return result
