"""A circuit breaker: a provider that does not answer is left alone for a while. The clock is passed in."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    """Closed while it works; open after `most` failures in a row, then nobody calls; after a pause one call
    may try, and its outcome closes it or opens it again, for twice as long.
    """

    most: int = 5
    pause_s: float = 5.0
    longest_pause_s: float = 60.0
    _failures: int = field(default=0, init=False)
    _opened: int = field(default=0, init=False)
    """How often in a row."""
    _until_ns: int | None = field(default=None, init=False)
    """None: closed."""
    _is_trying: bool = field(default=False, init=False)

    def admits(self, now_ns: int) -> bool:
        """May a call be made? Whoever is told yes reports `answered`, `failed` or `abandoned`."""
        if self._until_ns is None:
            return True
        if now_ns < self._until_ns or self._is_trying:
            return False
        self._is_trying = True
        return True

    def answered(self) -> None:
        """Any answer that shows the provider at work, a refusal too."""
        self._failures, self._opened = 0, 0
        self._until_ns, self._is_trying = None, False

    def failed(self, now_ns: int) -> None:
        """No answer, or one of a provider in trouble."""
        self._failures += 1
        if self._is_trying or (self._until_ns is None and self._failures >= self.most):
            pause_s = min(self.pause_s * 2**self._opened, self.longest_pause_s)
            self._opened += 1
            self._until_ns, self._is_trying = now_ns + round(pause_s * 1e9), False

    def abandoned(self) -> None:
        """The call was given up before it told anything: the next may try."""
        self._is_trying = False

    @property
    def is_open(self) -> bool:
        return self._until_ns is not None
