"""What goes on air: the lane rendered in order, each slot as it was decided, up to what is due."""

from collections.abc import Callable

import numpy as np

from media_service.mix import Mixer, Operator, Part, Play
from media_service.timeline.lane import Lane
from media_service.timeline.slots import Slot, Slots
from media_service.timeline.units import Sound

Emit = Callable[[bytes, int, int], None]
"""PCM as S16LE, its first lane sample, and how many."""


class Air:
    """Owned by the tick. Never goes back, never leaves anything out."""

    def __init__(
        self,
        lane: Lane,
        slots: Slots[Part],
        mixer: Mixer,
        decide: Callable[[Slot], Part],
        emit: Emit,
        position: int = 0,
    ) -> None:
        self._lane = lane
        self._slots = slots
        self._mixer = mixer
        self._decide = decide
        self._emit = emit
        self.position = position
        """The next lane sample to be rendered."""

    def render(self, until: int, operator: Operator) -> None:
        """Everything before a lane position."""
        for slot in self._slots.due(until):
            self._slots.decide(slot, self._decide(slot))
        while self.position < until:
            self._piece(until, operator)
        self._slots.forget(self.position)
        self._lane.forget(self.position)

    def flush(self) -> None:
        """The last samples, once nothing more will be rendered."""
        self._out(self._mixer.flush(), self.position - self._mixer.lag)

    def _piece(self, until: int, operator: Operator) -> None:
        slot, change = self._slots.at(self.position)
        end = until if change is None else min(until, change)
        following: Play | None = None
        if slot is None:
            part = Part(self.position, end, Play.ORIGINAL, None)
        else:
            decided = self._slots.decision(slot)
            part = decided if decided is not None else Part(slot.start, slot.end, Play.ORIGINAL, None)
            following = self._following(slot)
        original = self._lane.read(self.position, end - self.position)
        mixed = self._mixer.render(self.position, original, part, following, operator)
        start, self.position = self.position, end
        self._out(mixed, start - self._mixer.lag)

    def _following(self, slot: Slot) -> Play:
        after = self._slots.after(slot.end)
        decision = self._slots.decision(after) if after is not None else None
        return decision.play if decision is not None else Play.ORIGINAL

    def _out(self, sound: Sound, start: int) -> None:
        if len(sound):
            self._emit(pcm(sound), start, len(sound))


def pcm(sound: Sound) -> bytes:
    """S16LE."""
    return np.rint(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes()
