"""How long to wait before the next try to connect."""

from typing import Literal

GiveUp = Literal["never", "exit"]

STEPS_S = (2.0, 4.0, 8.0, 16.0, 32.0)
PLATEAU_S = 10.0


class Backoff:
    """2, 4, 8, 16, 32 s, then every 10 s; with `give_up="exit"` nothing follows the fifth try."""

    def __init__(self, give_up: GiveUp = "never") -> None:
        self._give_up = give_up
        self._tries = 0

    def next_s(self, *, hopeless: bool = False) -> float | None:
        """Seconds until the next try, or None to give up.

        `hopeless`: it was refused for a reason that no retry heals; only a change at the other end does, so
        the plateau's pace is enough.
        """
        if self._give_up == "exit" and (hopeless or self._tries >= len(STEPS_S)):
            return None
        self._tries += 1
        if hopeless or self._tries > len(STEPS_S):
            return PLATEAU_S
        return STEPS_S[self._tries - 1]

    def reset(self) -> None:
        """A session is ready."""
        self._tries = 0
