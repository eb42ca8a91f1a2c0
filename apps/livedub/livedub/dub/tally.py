"""What a dubbing has come to so far: counted from the worker's events. Pure."""

from collections import Counter
from dataclasses import dataclass, field

from livedub.dub.events import Change, Slot, Told


@dataclass
class Tally:
    """Told of every event, in order; the same one twice counts once."""

    heard: Counter[str] = field(default_factory=Counter)
    """Fragments: dubbed, without speech, original."""
    reasons: Counter[str] = field(default_factory=Counter)
    """Of those in the original."""
    position_ms: int = 0
    """Of the media, up to which is decided."""
    dubbed_ms: int = 0
    states: dict[str, Change] = field(default_factory=dict)
    """The latest change of each thing."""
    missed: int = 0
    """Events that never came."""
    last_id: str = "none-0"
    _number: int = 0

    def tell(self, told: Told) -> bool:
        """False where it is known already."""
        if told.number <= self._number:
            return False
        self.missed += told.number - self._number - 1
        self._number, self.last_id = told.number, told.id
        if isinstance(told.event, Slot):
            self._slot(told.event)
        else:
            self.states[told.event.what] = told.event
        return True

    def _slot(self, slot: Slot) -> None:
        self.heard[slot.heard] += 1
        self.position_ms = max(self.position_ms, slot.end_ms)
        if slot.heard == "original":
            self.reasons[slot.reason or "unknown"] += 1
        else:
            self.dubbed_ms += slot.end_ms - slot.start_ms

    @property
    def fragments(self) -> int:
        return self.heard.total()

    def why_original(self) -> str:
        """The reasons, the most frequent first."""
        return ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
