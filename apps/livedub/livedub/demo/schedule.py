"""What is said when, and what the clock on screen shows. Pure."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LEAD_S = 1.0
"""Before the first word."""
SHORTEST_GAP_S, LONGEST_GAP_S = 0.4, 0.6
_GAPS = 11


@dataclass(frozen=True)
class Spoken:
    """A sentence at its place in the programme, in seconds from the programme's start."""

    number: int
    """from 0, counted on when the script begins again"""
    text: str
    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s


def gap_s(number: int) -> float:
    """After sentence `number`: they differ, as a reader's pauses do."""
    return SHORTEST_GAP_S + (LONGEST_GAP_S - SHORTEST_GAP_S) * (number * 7 % _GAPS) / (_GAPS - 1)


def texts(script: Sequence[str]) -> Iterator[tuple[int, str]]:
    """For ever."""
    number = 0
    while True:
        yield number, script[number % len(script)]
        number += 1


class RunningOrder:
    """Each sentence follows the one before, whatever that took to say."""

    def __init__(self) -> None:
        self._next_s = LEAD_S

    def place(self, number: int, text: str, duration_s: float) -> Spoken:
        spoken = Spoken(number, text, self._next_s, duration_s)
        self._next_s = spoken.end_s + gap_s(number)
        return spoken


def clock_text(unix_s: float) -> str:
    """This machine's time of day, in seconds and tenths."""
    return time.strftime("%H:%M:%S", time.localtime(unix_s)) + f".{int(unix_s * 10) % 10}"
