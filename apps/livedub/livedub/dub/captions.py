"""The translation as WebVTT: a slot's text in cues that can be read, while its dub is heard. Pure."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from livedub.dub.events import Slot

HEAD = "WEBVTT\n\n"
LINE_LENGTH = 42
"""Letters; two lines of this are a cue, as broadcasters have it."""
LINES = 2
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


@dataclass(frozen=True)
class Cue:
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]

    def text(self) -> str:
        shown = "\n".join("".join(_ENTITIES.get(letter, letter) for letter in line) for line in self.lines)
        return f"{clock(self.start_ms)} --> {clock(self.end_ms)}\n{shown}\n\n"


def cues(slot: Slot) -> Iterator[Cue]:
    """None of a slot that is not dubbed; else from where its speech begins to the slot's end.

    Each cue has the share of that time that it has of the letters.
    """
    if slot.heard != "dubbed" or not slot.translation.strip():
        return
    lines = textwrap.wrap(" ".join(slot.translation.split()), LINE_LENGTH)
    parts = [tuple(lines[at : at + LINES]) for at in range(0, len(lines), LINES)]
    begin = min((segment.start_ms for segment in slot.segments), default=slot.start_ms)
    begin = min(max(begin, slot.start_ms), slot.end_ms)
    letters = [sum(map(len, part)) for part in parts]
    start = begin
    for number, part in enumerate(parts, start=1):
        end = begin + (slot.end_ms - begin) * sum(letters[:number]) // sum(letters)
        yield Cue(start, end, part)
        start = end


def clock(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
