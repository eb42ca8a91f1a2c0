"""How fast the service wants to be sent to."""

from typing import Literal

PressureAction = Literal["none", "slow_down", "pause"]

MAX_DELAY_MS = 60_000
"""More than this is not believed."""

_MS_NS = 1_000_000


class Pace:
    """`slow_down`: the delay passes before each send. `pause`: nothing is sent until a new level is told."""

    def __init__(self) -> None:
        self.action: PressureAction = "none"
        self.delay_ms = 0
        self._told_ns = 0
        self._sent_ns: int | None = None

    @property
    def paused(self) -> bool:
        return self.action == "pause"

    def told(self, action: PressureAction, delay_ms: int, now_ns: int) -> bool:
        """The service's latest word; whether it is another than before."""
        delay_ms = min(delay_ms, MAX_DELAY_MS) if action == "slow_down" else 0
        if (action, delay_ms) == (self.action, self.delay_ms):
            return False
        self.action, self.delay_ms, self._told_ns = action, delay_ms, now_ns
        return True

    def sent(self, now_ns: int) -> None:
        self._sent_ns = now_ns

    def may_send_at(self, waiting_since_ns: int) -> int:
        """When the fragment that is next may go, as far as time alone decides."""
        if self.action != "slow_down":
            return waiting_since_ns
        since_ns = max(waiting_since_ns, self._told_ns, self._sent_ns or waiting_since_ns)
        return since_ns + self.delay_ms * _MS_NS
