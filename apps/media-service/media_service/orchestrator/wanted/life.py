"""One stream's life: what is wanted of its worker, from all that has been told about it."""

from dataclasses import dataclass, field
from enum import Enum

from media_service.orchestrator.wanted.change import Change, Standing, Turn
from media_service.orchestrator.wanted.presence import Presence
from media_service.orchestrator.wanted.restarts import RestartRules, Restarts

EXIT_OK = 0
EXIT_SETTINGS = 2
EXIT_INPUT = 10
RECEIVING_S = 5.0
"""A worker that was seen receiving so long ago is taken to receive still."""


class Worker(Enum):
    NONE = "none"
    RUNNING = "running"
    STOPPING = "stopping"


class Step(Enum):
    """What is to be done now."""

    START = "start"
    STOP = "stop"
    SUCCEED = "succeed"
    """start another beside the one that runs, which hands its output over to it"""
    FORCE = "force"
    """end the one that runs at once: the other one is there, and goes on"""
    GIVE_UP = "give_up"
    """end the other one: the one that runs goes on"""


_STEPS = {
    Turn.SUCCEED: Step.SUCCEED,
    Turn.FORCE: Step.FORCE,
    Turn.GIVE_UP: Step.GIVE_UP,
    Turn.STOP: Step.STOP,
}


class Ending(Enum):
    STOPPED = "stopped"
    """as it was told"""
    FINISHED = "finished"
    """its source had ended"""
    CRASHED = "crashed"
    HANDED_OVER = "handed_over"
    """its successor has the output"""


@dataclass(frozen=True, kw_only=True)
class Rules:
    grace_s: float = 30.0
    """a worker outlives its publisher by this"""
    restarts: RestartRules = field(default_factory=RestartRules)


class Life:
    def __init__(self, *, enabled: bool, pulls: bool, rules: Rules | None = None) -> None:
        """`pulls`: its worker fetches the source from elsewhere, and nobody publishes to us."""
        self._rules = rules or Rules()
        self.enabled = enabled
        self.pulls = pulls
        self.presence = Presence()
        self.restarts = Restarts(self._rules.restarts)
        self.worker = Worker.NONE
        self.change = Change()
        self._received_s: float | None = None

    # What is told

    def ready(self, source: str, now_s: float, *, in_order: bool = False) -> bool:
        """Whether a new publisher has come: it gets a fresh start."""
        is_new = self.presence.ready(source, now_s, in_order=in_order)
        if is_new:
            self.restarts.forget()
        return is_new

    def start(self) -> None:
        self.enabled = True
        self.restarts.forget()

    def stop(self) -> None:
        self.enabled = False
        self.change.cancel()

    def restart(self, *, or_stop: bool = True) -> None:
        """By a hand-over where that is possible; `or_stop`: else by an end and a start."""
        self.restarts.forget()
        if self.worker is Worker.RUNNING:
            self.change.ask(or_stop=or_stop)

    def receiving(self, now_s: float) -> None:
        """The worker says that its source sends: where no hook told of a publisher, one was missed."""
        self._received_s = now_s
        if not self.pulls and not self.presence.present and not self._in_grace(now_s):
            self.presence.believe("")

    def adopted(self, now_s: float) -> None:
        """A worker was found running."""
        self.worker = Worker.RUNNING
        if not self.presence.present:
            self.presence.leave(now_s)

    def started(self, now_s: float) -> None:
        self.change.forget()
        self.worker = Worker.RUNNING
        self._received_s = None
        self.restarts.started(now_s)

    def found(self, *, running: bool, successor: bool = False, now_s: float = 0.0) -> None:
        """What is so, whatever was thought: after a fault of our own, or of a life before this one."""
        self.worker = Worker.RUNNING if running else Worker.NONE
        if not successor:
            self.change.successor_ended()
        elif self.change.by_s is None:
            self.change.ask(or_stop=False)
            self.change.begun(now_s)

    def stopping(self) -> None:
        self.worker = Worker.STOPPING
        self.change.forget()

    def ended(self, code: int | None, now_s: float) -> Ending:
        """`code`: of the exit; None where nobody knows, negative for a signal."""
        if self.change.by_s is not None:
            # The one that goes on receives, or will say that it does not.
            self.worker = Worker.RUNNING
            self.change.forget()
            return Ending.HANDED_OVER
        was, self.worker = self.worker, Worker.NONE
        self._received_s = None
        self.change.forget()
        if was is Worker.STOPPING or not self.enabled:
            return Ending.STOPPED
        if self.pulls and code == EXIT_OK:
            self.enabled = False
            return Ending.FINISHED
        if not self.pulls and code in (EXIT_OK, EXIT_INPUT) and not self.presence.is_told:
            self.presence.doubt(now_s)
            return Ending.FINISHED
        self.restarts.crashed(now_s, hopeless=code == EXIT_SETTINGS)
        return Ending.CRASHED

    # What follows

    def step(self, now_s: float, standing: Standing | None = None) -> Step | None:
        """`standing`: how its worker, and one beside it, is; None where nobody knows."""
        if self.worker is Worker.RUNNING and not self._may_stay(now_s):
            return Step.STOP
        if self.worker is Worker.RUNNING:
            return _STEPS.get(self.change.step(now_s, standing or Standing()))
        if self.worker is Worker.NONE and self.is_wanted and self.restarts.may_start(now_s):
            return Step.START
        return None

    def wake_s(self, now_s: float) -> float | None:
        """When `step` may answer otherwise although nothing was told."""
        if self.worker is Worker.NONE:
            return self.restarts.wake_s if self.is_wanted else None
        if self.worker is Worker.STOPPING:
            return None
        times_s = [at_s for at_s in (self.change.wake_s, self._doubts_s(now_s)) if at_s is not None]
        return min(times_s, default=None)

    def _doubts_s(self, now_s: float) -> float | None:
        """When a worker may not be allowed to stay any more."""
        if self.pulls or self.presence.present:
            return None
        if self._in_grace(now_s) and self.presence.left_s is not None:
            return self.presence.left_s + self._rules.grace_s
        return None if self._received_s is None else self._received_s + RECEIVING_S

    def is_degraded(self, now_s: float) -> bool:
        return self.worker is Worker.NONE and self.is_wanted and self.restarts.gave_up(now_s)

    @property
    def is_wanted(self) -> bool:
        return self.enabled and (self.pulls or self.presence.present)

    def _may_stay(self, now_s: float) -> bool:
        if not self.enabled:
            return False
        if self.pulls or self.presence.present or self._in_grace(now_s):
            return True
        return self._received_s is not None and now_s - self._received_s < RECEIVING_S

    def _in_grace(self, now_s: float) -> bool:
        left_s = self.presence.left_s
        return left_s is not None and now_s - left_s < self._rules.grace_s
