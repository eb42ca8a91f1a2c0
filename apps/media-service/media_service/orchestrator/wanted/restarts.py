"""When a worker that crashed may start again: later each time, and at most so often."""

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class RestartRules:
    first_s: float = 0.5
    longest_s: float = 30.0
    most: int = 6
    """restarts within the window; past that the stream is degraded until one falls out of it"""
    window_s: float = 600.0


class Restarts:
    def __init__(self, rules: RestartRules | None = None) -> None:
        self._rules = rules or RestartRules()
        self._at: deque[float] = deque(maxlen=self._rules.most)
        """the last restarts"""
        self._not_before_s: float | None = None
        """None while the last start was not followed by a crash"""
        self._is_hopeless = False
        self.total = 0

    def crashed(self, now_s: float, *, hopeless: bool = False) -> None:
        """`hopeless`: the same start would end the same way, until somebody changes something."""
        self._is_hopeless = hopeless
        recent = self.recent(now_s)
        if recent >= self._rules.most:
            self._not_before_s = self._at[0] + self._rules.window_s
        else:
            self._not_before_s = now_s + min(self._rules.first_s * 2.0**recent, self._rules.longest_s)

    def started(self, now_s: float) -> None:
        if self._not_before_s is not None:
            self._at.append(now_s)
            self.total += 1
        self._not_before_s = None
        self._is_hopeless = False

    def forget(self) -> None:
        """A person, or a new publisher, wants a fresh start."""
        self._at.clear()
        self._not_before_s = None
        self._is_hopeless = False

    def recent(self, now_s: float) -> int:
        return sum(now_s - at_s < self._rules.window_s for at_s in self._at)

    def may_start(self, now_s: float) -> bool:
        if self._is_hopeless:
            return False
        return self._not_before_s is None or now_s >= self._not_before_s

    @property
    def wake_s(self) -> float | None:
        """When `may_start` will change by itself."""
        return None if self._is_hopeless else self._not_before_s

    def gave_up(self, now_s: float) -> bool:
        """For now, or for good: no restart soon."""
        if self._not_before_s is None:
            return False
        return self._is_hopeless or (not self.may_start(now_s) and self.recent(now_s) >= self._rules.most)
