"""What a scenario is: a trouble, when it comes and how long it lasts, and what is promised."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from drill.stand import Stand

Act = Callable[["Stand"], Awaitable[None]]
Side = Literal["source", "service", "output", "orchestrator", "machine"]
SIDES: tuple[Side, ...] = ("source", "service", "output", "orchestrator", "machine")

SEGMENT_S, AV_OFFSET_S = 2.0, 2.0
DELAY_S = SEGMENT_S + AV_OFFSET_S
"""Of every worker: what is heard left its source so long ago."""
PAUSE_MS = 200.0
"""The longest pause that the output may make where neither source nor output is at fault."""
AV_MS = 5.0


async def nothing(stand: "Stand") -> None:
    """There is nothing to do."""


@dataclass(frozen=True)
class Trouble:
    begin: Act = nothing
    heal: Act = nothing


@dataclass(frozen=True)
class Promise:
    recovery_s: float = 0.0
    """From the moment at which the fault is over until nothing of it is to be seen or heard any more."""
    interrupts: bool = False
    """Viewers lack picture or sound while it lasts and until it is recovered from; else they lack nothing."""
    disconnects: bool = False
    """The output's connection ends too; else something comes all the time, if only silence."""
    originals: Literal["none", "some", "any"] = "none"
    """Slots in which the original is heard."""
    exit_code: int | None = None
    """Of a worker that gives up."""
    spoilt: bool = False
    """What is heard may have been damaged on its way, or be of two workers with a clock each: it is not asked
    whether it is original or dub."""
    reason: str = ""
    """In the words of the documents."""


@dataclass(frozen=True)
class Scenario:
    side: Side
    kind: str
    """In the words of GStreamer's tests of its fallbackswitch, where there is one."""
    fault: str
    trouble: Trouble
    promise: Promise = Promise()
    hold_s: float = 4.0
    from_start: bool = False
    """The trouble is there before the worker is."""
    stays: bool = False
    """Nobody heals it, and the worker ends."""
    orchestrated: bool = False
    """The worker is the orchestrator's, which hears of the publisher by the server's hooks."""
    short: bool = False
    """Played by `make test-all` too."""
    switches: bool = False
    """While it lasts the original is heard, whatever became of a slot."""
    prepare: Callable[[Path], None] | None = None
    """What its folder needs beforehand."""
    settings: Mapping[str, object] = field(default_factory=dict)
    """Of the worker; with an orchestrator, environment variables. `{folder}` is the scenario's own."""

    @property
    def name(self) -> str:
        return f"{self.side}: {self.kind}"

    @property
    def most_pause_ms(self) -> float:
        """Of whatever viewers may lack."""
        if not self.promise.interrupts:
            return PAUSE_MS
        return 1000 * (self.hold_s + self.promise.recovery_s)
