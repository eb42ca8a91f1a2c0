"""What the successor does next, from all that the predecessor has answered: ask, confirm, wait, or take the
output without it.

Everything has an end: whatever the predecessor does or does not, the output is the successor's at last.
"""

from dataclasses import dataclass
from enum import Enum

from media_service.timeline.units import MS_NS, SECOND_NS

FULL_AHEAD_NS = 4 * SECOND_NS
"""It asks when its first picture is due so soon: before, it has nothing to go on with."""
PATIENCE_NS = 10 * SECOND_NS
"""For the first dub, once the delay is full, and for whatever else would be seen or heard to be missing."""
AGAIN_NS = SECOND_NS // 4
"""Between two questions."""
COMMON_NS = 5 * SECOND_NS
"""For a keyframe that both hold; after that any is good enough."""
ASKING_NS = 15 * SECOND_NS
"""For an agreement at all."""
SILENT_TIMES = 3
"""Questions in a row without an answer."""
CONFIRM_AHEAD_NS = 500 * MS_NS
"""Before the keyframe is due: the predecessor goes on where the successor has died before that."""
CHANGING_NS = SECOND_NS
"""After the keyframe was due; until then viewers wait for every picture and every sound."""
LEAVE_NS = 5 * SECOND_NS
"""After the keyframe was due, for the predecessor to end its output."""


class Step(Enum):
    FILL = "fill"
    """wait for the delay to be full"""
    ASK = "ask"
    ASK_ANY = "ask_any"
    """likewise, and any keyframe is good"""
    HOLD = "hold"
    """wait for the keyframe's time"""
    CONFIRM = "confirm"
    AWAIT = "await"
    """wait until the predecessor has left"""
    TAKE = "take"
    """the output is ours"""


@dataclass
class Claim:
    """Owned by one task. Clock times in nanoseconds; `next_ns` says when `step` may answer otherwise."""

    agreed_due_ns: int | None = None
    """when the agreed keyframe is due in the predecessor"""
    is_alone: bool = False
    """it was taken without the predecessor's word"""
    why: str = ""
    _full_ns: int | None = None
    _asked_ns: int | None = None
    """first"""
    _again_ns: int = 0
    _silent: int = 0
    _confirmed: bool = False
    _taken: bool = False

    # What is told

    def first_due(self, due_in_ns: int | None, *, is_ready: bool, now_ns: int) -> None:
        """How soon what came first is due (None: nothing has); `is_ready`: there is a dub, and the sync."""
        if self._asked_ns is not None or due_in_ns is None or due_in_ns > FULL_AHEAD_NS:
            return
        self._full_ns = self._full_ns if self._full_ns is not None else now_ns
        if is_ready or now_ns - self._full_ns >= PATIENCE_NS:
            self._asked_ns = now_ns

    def agreed(self, due_ns: int) -> None:
        self.agreed_due_ns, self._silent = due_ns, 0

    def refused(self, now_ns: int) -> None:
        """It answers, but not as was hoped: whatever was agreed is not any more."""
        self.agreed_due_ns, self._silent = None, 0
        self._confirmed = False
        self._again_ns = now_ns + AGAIN_NS

    def confirmed(self) -> None:
        self._confirmed, self._silent = True, 0

    def silent(self, now_ns: int) -> None:
        """A question was not answered in its time."""
        self._silent += 1
        self._again_ns = now_ns + AGAIN_NS
        if self._silent >= SILENT_TIMES:
            self._alone("the predecessor does not answer")

    def gone(self) -> None:
        """Nobody is there to be asked."""
        if self._confirmed:
            self._taken = True
        else:
            self._alone("there is no predecessor any more")

    def left(self) -> None:
        self._taken = True

    # What follows

    def step(self, now_ns: int) -> Step:
        if self._taken:
            return Step.TAKE
        if self._asked_ns is None:
            return Step.FILL
        if self.agreed_due_ns is None:
            if now_ns - self._asked_ns > ASKING_NS:
                self._alone("there was no agreement with the predecessor")
                return Step.TAKE
            return Step.ASK_ANY if now_ns - self._asked_ns > COMMON_NS else Step.ASK
        if not self._confirmed:
            return Step.HOLD if now_ns < self.agreed_due_ns - CONFIRM_AHEAD_NS else Step.CONFIRM
        if now_ns > self.agreed_due_ns + LEAVE_NS:
            self._alone("the predecessor does not leave")
            return Step.TAKE
        return Step.AWAIT

    def wait_ns(self, now_ns: int) -> int:
        """Before the next step is done."""
        if self.step(now_ns) is Step.HOLD and self.agreed_due_ns is not None:
            return self.agreed_due_ns - CONFIRM_AHEAD_NS - now_ns
        return max(0, self._again_ns - now_ns)

    def is_changing(self, now_ns: int) -> bool:
        """It is sure to leave, and that is not long ago."""
        due_ns = self.agreed_due_ns
        return self._confirmed and due_ns is not None and now_ns < due_ns + CHANGING_NS

    def _alone(self, why: str) -> None:
        self.is_alone = self._taken = True
        self.why = why
