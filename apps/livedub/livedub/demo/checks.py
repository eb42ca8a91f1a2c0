"""What the demo's self-check asks for, and whether what was measured is enough. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

LEAST_PLAYED = 0.6
"""Of the time that a preview was watched: the newest piece is not yet written, the first ones come late."""
LEAST_ADVANCES = 3
LEAST_DUB_S = 3.0
LEAST_VOICE = 0.5
LEAST_DUB_DBFS = -40.0
MOST_LATE_MS = 40.0
"""Of sound against its picture, either way; people notice twice that."""
MOST_APART_MS = 300.0
"""Of the same picture's date in the two previews."""
LEAST_SENTENCES = 2


@dataclass(frozen=True)
class Check:
    name: str
    passed: bool
    told: str

    def line(self) -> str:
        return f"{'ok' if self.passed else 'FAILED':<8}{self.name:<18}{self.told}"


@dataclass(frozen=True)
class Played:
    """A preview, as it was fetched and decoded."""

    watched_s: float
    pieces: int
    advances: int
    decoded_s: float
    """of sound"""
    pictures: int
    undecodable: int
    """packets"""
    breaks: int
    """where the sound leaves its clock"""
    failures: int
    """of what was asked for"""


@dataclass(frozen=True)
class Dub:
    """What the dubbed sound holds beside the original's."""

    frames: int
    """that both have"""
    sound_late_ms: float
    """than the picture, against the original"""
    heard_s: float
    """of sound that is to be heard at all"""
    dub_s: float
    """of that, mostly not the original's"""
    dub_dbfs: float
    """RMS of those parts; -inf where there are none"""
    voice_share: float
    """of those parts, in which a voice is heard"""


@dataclass(frozen=True)
class Transcript:
    sentences: int
    words: int
    events_s: float
    """over which they came"""
    originals: str = "0"
    """fragments that were not dubbed, and why"""


@dataclass(frozen=True)
class Measured:
    """None where there was nothing to measure."""

    page_status: int | None
    page_bytes: int
    original: Played
    dubbed: Played
    preview: Dub | None
    apart_ms: float | None
    """between the dates that the two previews give the same picture"""
    output: Dub | None
    transcript: Transcript


def judge(measured: Measured) -> Iterator[Check]:
    yield Check(
        "page",
        measured.page_status == 200 and measured.page_bytes > 0,
        f"answered {measured.page_status} with {measured.page_bytes} bytes"
        if measured.page_status is not None
        else "does not answer",
    )
    yield _plays("original plays", measured.original)
    yield _plays("dub plays", measured.dubbed)
    yield _speaks("dub speaks", measured.preview)
    yield _in_sync(measured.preview, measured.apart_ms)
    told = measured.transcript
    yield Check(
        "transcript moves",
        told.sentences >= LEAST_SENTENCES,
        f"{told.sentences} dubbed fragments, {told.words} words of translation in {told.events_s:.0f} s; "
        f"{told.originals} in the original",
    )
    yield _speaks("output speaks", measured.output)


def _plays(name: str, played: Played) -> Check:
    passed = (
        played.advances >= LEAST_ADVANCES
        and played.pictures > 0
        and played.decoded_s >= LEAST_PLAYED * played.watched_s
        and not (played.undecodable or played.breaks or played.failures)
    )
    return Check(
        name,
        passed,
        f"{played.decoded_s:.1f} s of {played.watched_s:.1f} s watched, {played.pieces} pieces, "
        f"{played.advances} times more, {played.pictures} pictures, {played.undecodable} undecodable, "
        f"{played.breaks} breaks, {played.failures} not there",
    )


def _speaks(name: str, dub: Dub | None) -> Check:
    if dub is None:
        return Check(name, False, "has no picture in common with the original, or no sound")
    passed = dub.dub_s >= LEAST_DUB_S and dub.voice_share >= LEAST_VOICE and dub.dub_dbfs >= LEAST_DUB_DBFS
    return Check(
        name,
        passed,
        f"{dub.dub_s:.1f} s of {dub.heard_s:.1f} s to be heard are not the original's, at "
        f"{dub.dub_dbfs:.0f} dBFS, a voice in {dub.voice_share:.0%} of them; {dub.frames} of its pictures",
    )


def _in_sync(dub: Dub | None, apart_ms: float | None) -> Check:
    if dub is None or apart_ms is None:
        return Check("in sync", False, "cannot be measured")
    return Check(
        "in sync",
        abs(dub.sound_late_ms) <= MOST_LATE_MS and abs(apart_ms) <= MOST_APART_MS,
        f"sound {dub.sound_late_ms:+.1f} ms from its picture; the players' dates agree to {apart_ms:+.0f} ms",
    )
