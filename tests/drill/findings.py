"""What a recording tells of a scenario that was played: when viewers lacked what, and since when nothing."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from e2e.house import is_dubbed
from live.feed import Event
from live.measure import shifts
from media_service.testmedia import sound_faults
from media_service.testmedia.arrivals import Arrived, arrived
from media_service.testmedia.media import Media, read

from drill.ear import Agreement, Ear, agreement
from drill.play import Played
from drill.programme import PROGRAMME
from drill.scenario import PAUSE_MS
from drill.sections import sections

FIRST_NS = 300_000_000
"""Of a section: before the source's own first sound there is silence."""


@dataclass(frozen=True)
class Span:
    """By the monotonic clock."""

    start_ns: int
    end_ns: int

    @property
    def length_ms(self) -> float:
        return (self.end_ns - self.start_ns) / 1e6


@dataclass(frozen=True)
class Findings:
    sound_pause_ms: float
    """The longest time in which no sound came, be it silence."""
    lack_ms: float
    """The longest time without a new picture or without anything to be heard."""
    av_ms: tuple[float, ...]
    """Of the flashes once it was recovered from: the A/V offset, minus the source's own."""
    slots: int
    originals: int
    """Of those that went on air since the trouble began."""
    early_originals: int
    """Slots that had fallen back before, once the first was dubbed."""
    agreement: Agreement
    recovery_s: float
    """From the end of the fault until nothing of it was to be seen or heard any more; 0: it never was, or not
    that long.
    """
    machine_late_ms: float
    exit_code: int | None = None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Section:
    media: Media
    sound: list[Arrived]
    pictures: list[Arrived]

    @property
    def span(self) -> Span:
        return Span(self.sound[0].at_ns, self.sound[-1].at_ns)

    def came_ns(self, pts_ns: int) -> int:
        """When the sound with this time stamp was there."""
        index = bisect_right(self.sound, pts_ns, key=lambda one: one.packet.pts_ns) - 1
        return self.sound[max(0, index)].at_ns

    def pts_ns(self, came_ns: int) -> int:
        """Of the sound that was there by then."""
        index = bisect_right(self.sound, came_ns, key=lambda one: one.at_ns) - 1
        return self.sound[max(0, index)].packet.pts_ns

    def silences(self) -> list[Span]:
        sound = self.media.sound
        if sound is None:
            return []
        first_ns, last_ns = int(sound.pts_ns[0]) + FIRST_NS, int(sound.pts_ns[-1]) - FIRST_NS // 3
        return [
            Span(self.came_ns(one.start_ns), self.came_ns(one.end_ns))
            for one in sound_faults.silences(sound)
            if one.end_ns > first_ns and one.start_ns < last_ns
        ]


def find(played: Played) -> Findings:
    parts = [_section(file) for recording in played.recordings for file in sections(recording)]
    parts = [part for part in parts if part.sound]
    slots = sorted((e for e in played.events if e["event"] == "slot"), key=lambda e: int(e["received_ns"]))
    window = Span(played.begun_ns, played.ended_ns)
    allowed_ms = PAUSE_MS + played.machine_late_ms
    sound = _gaps([one for part in parts for one in part.sound], window)
    pictures = _gaps([one for part in parts for one in part.pictures], window)
    silences = [span for part in parts for span in part.silences() if span.end_ns > window.start_ns]
    lacks = [*sound, *pictures, *silences]
    since = [slot for slot in slots if int(slot["received_ns"]) > window.start_ns]
    fallen = [slot for slot in since if not is_dubbed(slot)]
    bad_to_ns = [span.end_ns for span in lacks if span.length_ms > allowed_ms]
    bad_to_ns += [int(slot["received_ns"]) + int(slot["duration_ns"]) for slot in fallen]
    recovered_ns = max([played.healed_ns, *bad_to_ns])
    return Findings(
        sound_pause_ms=max((span.length_ms for span in sound), default=0.0),
        lack_ms=max((span.length_ms for span in lacks), default=0.0),
        av_ms=_in_sync(parts, played.film, recovered_ns),
        slots=len(since),
        originals=len(fallen),
        early_originals=_early(slots, window.start_ns),
        agreement=_agreed(parts, slots, played),
        recovery_s=(recovered_ns - played.healed_ns) / 1e9,
        machine_late_ms=played.machine_late_ms,
        exit_code=played.exit_code,
        problem=played.problem,
    )


def _section(file: Path) -> Section:
    media = read(file)
    return Section(media, arrived(media, "audio"), arrived(media, "video"))


def _gaps(packets: list[Arrived], window: Span) -> list[Span]:
    """Between arrivals. What came last before the window is the beginning of the first."""
    moments = sorted(one.at_ns for one in packets if one.at_ns <= window.end_ns)
    if not moments or moments[0] > window.start_ns:
        moments.insert(0, window.start_ns)
    found = [Span(a, b) for a, b in pairwise([*moments, window.end_ns])]
    return [span for span in found if span.end_ns > window.start_ns]


def _early(slots: list[Event], begun_ns: int) -> int:
    outcomes = [is_dubbed(slot) for slot in slots if int(slot["received_ns"]) <= begun_ns]
    return outcomes[outcomes.index(True) :].count(False) if True in outcomes else 0


def _in_sync(parts: list[Section], film: Path, recovered_ns: int) -> tuple[float, ...]:
    last = parts[-1] if parts else None
    if last is None or last.span.end_ns < recovered_ns:
        return ()
    try:
        return tuple(shifts(last.media, _source(film), from_ns=last.pts_ns(recovered_ns)).values)
    except AssertionError:  # no flash has a beep
        return ()


def _agreed(parts: list[Section], slots: list[Event], played: Played) -> Agreement:
    blocks = wrong = 0
    ear = _ear(played.film)
    switched = (played.begun_ns, played.healed_ns) if played.switched else None
    for part in parts:
        mine = [s for s in slots if part.span.start_ns < int(s["received_ns"]) < part.span.end_ns]
        if not mine:
            continue
        guesses = sorted(part.pts_ns(int(slot["received_ns"])) - int(slot["start_ns"]) for slot in mine)
        original = (part.pts_ns(switched[0]), part.pts_ns(switched[1])) if switched else None
        found = agreement(ear.listen(part.media), mine, guesses[len(guesses) // 2], original)
        blocks, wrong = blocks + found.blocks, wrong + found.wrong
    return Agreement(blocks, wrong)


@lru_cache(maxsize=2)
def _source(film: Path) -> Media:
    return read(film)


@lru_cache(maxsize=2)
def _ear(film: Path) -> Ear:
    return Ear(_source(film), float(PROGRAMME.fps))
