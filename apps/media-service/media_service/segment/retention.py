"""Which recorded segments stay on disk."""

import re
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

PART = ".part"
"""Ends the name of a file that is still being written."""
_NAME = re.compile(r"(\d{6,})_(?:audio\.m4a|video\.mp4)")


@dataclass(frozen=True)
class Retention:
    """The newest `count` segments stay, and none that was written over `age_s` ago. None: no bound."""

    count: int | None = 100
    age_s: float | None = None
    now_s: Callable[[], float] = field(default=time.time, compare=False)
    """The clock of the files' own times."""

    def __post_init__(self) -> None:
        if (self.count is not None and self.count < 1) or (self.age_s is not None and self.age_s <= 0):
            raise ValueError("a segment is kept for a while")

    def apply(self, folder: Path) -> None:
        """Newest by time, not by number: a worker that starts anew counts from 0 beside its older files."""
        segments: dict[str, list[Path]] = defaultdict(list)
        written_s: dict[str, float] = defaultdict(float)
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match:
                with suppress(FileNotFoundError):
                    written_s[match[1]] = max(written_s[match[1]], path.stat().st_mtime)
                    segments[match[1]].append(path)
        newest_first = sorted(segments, key=lambda number: (written_s[number], int(number)), reverse=True)
        oldest_s = -1.0 if self.age_s is None else self.now_s() - self.age_s
        for place, number in enumerate(newest_first):
            if (self.count is not None and place >= self.count) or written_s[number] < oldest_s:
                for path in segments[number]:
                    path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """What a worker that was killed had begun."""
    for path in folder.glob("*" + PART):
        path.unlink(missing_ok=True)
