"""The level of the bed: the original, lowered while somebody speaks.

A piecewise linear gain over lane samples, built once for each part, so that it does not matter in which
pieces it is read. It runs on from part to part.
"""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from media_service.mix.part import MixSettings, Part, Play
from media_service.timeline.units import MS_NS, Sound, samples_of

FULL = 1.0

Span = tuple[int, int]


def joined(spans: Sequence[Span], gap: int) -> list[Span]:
    """In order, without overlap, and without any gap shorter than `gap` samples."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start - result[-1][1] < gap:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


class Ducking:
    def __init__(self, settings: MixSettings) -> None:
        self.lowered = 10 ** (-settings.duck_db / 20)
        self._attack = max(1, samples_of(settings.attack_ms * MS_NS))
        self._release = max(1, samples_of(settings.release_ms * MS_NS))
        self._hold = samples_of(settings.hold_ms * MS_NS)
        self._positions = [0]
        self._gains = [FULL]
        self._spoken_until: int | None = None
        """Where the last speech ended, if that was so near its part's end that only the next part can tell
        whether it goes on."""

    def enter(self, part: Part) -> None:
        """The gain over this part and, as long as nothing else is known, after it."""
        speech = self._speech(part)
        now = self.at(part.start)
        self._positions, self._gains = [part.start], [now]
        if not speech or speech[0][0] > part.start:
            self._move(part.start, FULL)
        free_from = part.start
        for start, end in speech:
            self._move(max(free_from, start - self._attack), self.lowered)
            if end + self._hold <= part.end:
                self._move(end, FULL)
            else:
                self._spoken_until = end
            free_from = end

    def at(self, position: int) -> float:
        return float(np.interp(position, self._positions, self._gains))

    def over(self, start: int, end: int) -> float | Sound:
        """The gain of each sample, shape (n, 1), or one number where it does not move."""
        first = max(0, bisect_right(self._positions, start) - 1)
        last = bisect_right(self._positions, end - 1) + 1
        level = self._gains[first]
        if all(gain == level for gain in self._gains[first:last]):
            return level
        gains = np.interp(np.arange(start, end), self._positions, self._gains)
        return gains.astype(np.float32)[:, np.newaxis]

    def _speech(self, part: Part) -> list[Span]:
        """What is spoken in the part, the pause across its start included where it is short."""
        pending, self._spoken_until = self._spoken_until, None
        if part.play is not Play.DUB:
            return []
        spans = [(max(start, part.start), min(end, part.end)) for start, end in part.speech]
        spans = joined([span for span in spans if span[0] < span[1]], self._hold)
        if spans and pending is not None and spans[0][0] - pending < self._hold:
            spans[0] = (part.start, spans[0][1])
        return spans

    def _move(self, position: int, target: float) -> None:
        """From here on towards the target, at the attack's or the release's own speed."""
        now = self.at(position)
        while self._positions and self._positions[-1] >= position:
            self._positions.pop()
            self._gains.pop()
        whole = self._attack if target < now else self._release
        share = abs(target - now) / (FULL - self.lowered) if self.lowered < FULL else 0.0
        self._positions += [position, position + max(1, round(whole * share))]
        self._gains += [now, target]
