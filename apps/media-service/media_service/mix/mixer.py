"""Original, dub and silence become one continuous sound, slot by slot."""

from collections.abc import Iterator

import numpy as np
from fragment_audio.limiter import Limiter

from media_service.mix.duck import Ducking
from media_service.mix.fade import Fade, Scene, scene_of
from media_service.mix.part import MixSettings, Operator, Part, Play
from media_service.timeline.units import CHANNELS, MS_NS, Sound, samples_of


class Mixer:
    """Gains move by ramps only, and each ramp is a function of the position, so that the result does not
    depend on the pieces in which it is asked for.

    A fade lies where both of its sounds exist. The dub ends with its part, so it leaves in the part's last
    10 ms, as soon as `following` tells that it must; everything else changes in the first 10 ms of the new
    part, or from the first sample of the call in which the operator's choice is new.
    """

    lag = Limiter.lag
    """Samples by which what is returned is behind what was given."""

    def __init__(self, settings: MixSettings) -> None:
        self._mode = settings.mode
        self._crossfade = max(1, samples_of(settings.crossfade_ms * MS_NS))
        self._ducking = Ducking(settings)
        self._limiter = Limiter(settings.ceiling_dbtp)
        self._fade: Fade | None = None
        self._part: Part | None = None
        self._position: int | None = None
        self._last_of_dub: Sound = np.zeros((1, CHANNELS), np.float32)

    def render(
        self, start: int, original: Sound, part: Part, following: Play | None, operator: Operator
    ) -> Sound:
        """As many samples as `original` has, `lag` late: the first `lag` ever returned are silence."""
        end = start + len(original)
        if not part.start <= start <= end <= part.end:
            raise ValueError(f"{start}..{end} is not inside the part {part.start}..{part.end}")
        if self._position not in (None, start):
            raise ValueError(f"{start} does not continue {self._position}")
        self._position = end
        if part is not self._part:
            self._enter(part)
        pieces = []
        for fade, first, last in self._spans(start, end, part, following, operator):
            fragment = original[first - start : last - start]
            pieces.append(self._blend(fade, first, last, fragment, part))
        mixed = pieces[0] if len(pieces) == 1 else np.concatenate([original[:0], *pieces])
        return self._limiter.process(mixed)

    def flush(self) -> Sound:
        """The rest: `lag` samples."""
        return self._limiter.flush()

    def _enter(self, part: Part) -> None:
        if self._part is not None and self._part.dub is not None:
            self._last_of_dub = self._part.dub[-1:].copy()
        self._part = part
        if self._mode == "duck":
            self._ducking.enter(part)

    def _spans(
        self, start: int, end: int, part: Part, following: Play | None, operator: Operator
    ) -> Iterator[tuple[Fade, int, int]]:
        """The call's span, cut where a fade begins or ends."""
        scene = scene_of(part.play, operator, self._mode)
        after = scene_of(following or part.play, operator, self._mode)
        leave_at = max(start, part.end - self._crossfade) if after.dub < scene.dub else end
        if leave_at > start:
            yield from self._within(self._towards(scene, start), start, min(leave_at, end))
        if leave_at < end:
            yield from self._within(self._towards(after, leave_at), leave_at, end)

    def _towards(self, scene: Scene, start: int) -> Fade:
        if self._fade is None:
            self._fade = Fade(start, start, scene, scene)
        elif self._fade.after != scene:
            self._fade = Fade(start, start + self._crossfade, self._fade.at(start), scene)
        return self._fade

    @staticmethod
    def _within(fade: Fade, start: int, end: int) -> Iterator[tuple[Fade, int, int]]:
        middle = min(max(start, fade.end), end)
        if start < middle:
            yield fade, start, middle
        if middle < end:
            yield fade, middle, end

    def _blend(self, fade: Fade, start: int, end: int, original: Sound, part: Part) -> Sound:
        full, bed, weight = fade.over(start, end)
        under = full if is_zero(bed) else full + bed * self._ducking.over(start, end)
        below = None if is_zero(under) else scaled(original, under)
        above = None if is_zero(weight) else scaled(self._dub(start, end, part), weight)
        if below is not None and above is not None:
            return below + above
        if below is not None:
            return below
        return np.zeros_like(original) if above is None else above

    def _dub(self, start: int, end: int, part: Part) -> Sound:
        """Past its end, where the decision against more of it came late, the dub is its last sample."""
        if part.dub is not None:
            return part.dub[start - part.start : end - part.start]
        return np.broadcast_to(self._last_of_dub, (end - start, CHANNELS))


def is_zero(gain: float | Sound) -> bool:
    return isinstance(gain, float) and gain == 0.0


def scaled(sound: Sound, gain: float | Sound) -> Sound:
    if isinstance(gain, float):
        return sound if gain == 1.0 else sound * np.float32(gain)
    return sound * gain
