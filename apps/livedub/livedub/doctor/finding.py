"""One thing that was looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "missing", "note"]
"""`missing`: dubbing cannot work without it; `note`: it can, but less well, or in fewer cases."""


@dataclass(frozen=True)
class Finding:
    about: str
    state: State
    told: str
    fix: str | None = None
    """A command."""

    def line(self) -> str:
        mark = {"ok": "ok", "missing": "MISSING", "note": "note"}[self.state]
        return f"{mark:<8}{self.about:<20}{self.told}" + (f"; fix: {self.fix}" if self.fix else "")
