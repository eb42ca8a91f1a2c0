"""What the person sees while a stream is dubbed, and at the end. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from livedub.dub.tally import Tally

BAR = 24


@dataclass(frozen=True)
class Report:
    """What was done. The places are shown without their secrets."""

    input: str
    output: str
    source_language: str
    target_language: str
    took_s: float
    """from the first picture asked for to the output's end"""
    started_s: float
    """before that: the speech service's start"""
    media_s: float | None
    """of the input; None where it is live"""
    fragments: Mapping[str, int]
    reasons: Mapping[str, int]
    engines: Mapping[str, str]
    """By stage; none where the speech service is somebody else's."""
    captions: str | None
    transcript: str | None
    missed_events: int

    @property
    def speed(self) -> float | None:
        """1 is as fast as it plays."""
        return None if self.media_s is None else self.media_s / max(self.took_s, 0.001)

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "speed": None if self.speed is None else round(self.speed, 2)}


def bar(tally: Tally, media_s: float, passed_s: float) -> str:
    """Of a file that is dubbed as fast as it goes."""
    done_s = min(tally.position_ms / 1000, media_s)
    share = done_s / media_s if media_s > 0 else 1.0
    filled = round(share * BAR)
    line = f"dubbing [{'#' * filled}{'.' * (BAR - filled)}] {share:4.0%}  {done_s:.0f} of {media_s:.0f} s"
    if done_s > 0 and passed_s > 0:
        line += f"  {done_s / passed_s:.1f}x  {span((media_s - done_s) * passed_s / done_s)} to go"
    return line + _originals(tally)


def live(tally: Tally, passed_s: float, delay_ms: int | None) -> str:
    """Of a live stream."""
    parts = [_state(tally), span(passed_s)]
    if delay_ms is not None:
        parts.append(f"delay {delay_ms / 1000:.1f} s")
    if tally.fragments:
        parts.append(f"fragments {tally.fragments}")
        share = 1 - tally.heard["original"] / tally.fragments
        parts.append(f"dubbed {share:.0%}")
    return "  ".join(parts) + _originals(tally)


def changed(what: str, to: str, reason: str | None) -> str:
    """A line for a change of state."""
    names = {"sts": "speech service"}
    line = f"{names.get(what, what)}: {to.replace('_', ' ')}" + (f" ({reason})" if reason else "")
    # A reason is somebody else's words, and a terminal obeys some.
    return "".join(letter if letter.isprintable() else " " for letter in line)


def summary(report: Report) -> list[str]:
    """The last lines."""
    counts = report.fragments
    total = sum(counts.values())
    took = f"{report.took_s:.1f} s"
    if report.media_s is None:
        first = f"dubbed {report.input} into {report.output} for {span(report.took_s)}"
    else:
        first = (
            f"dubbed {report.input} into {report.output}: {report.media_s:.1f} s in {took}, "
            f"{report.speed:.1f} times as fast as it plays"
        )
    lines = [first]
    told = ", ".join(f"{counts.get(kind, 0)} {name}" for kind, name in _KINDS)
    why = ", ".join(f"{reason} {count}" for reason, count in report.reasons.items())
    lines.append(
        f"{report.source_language} to {report.target_language}, {total} fragments: {told}"
        + (f" ({why})" if why else "")
    )
    if report.engines:
        lines.append("engines: " + ", ".join(f"{stage} {name}" for stage, name in report.engines.items()))
    lines += [f"{kind}: {path}" for kind, path in _written(report)]
    if report.missed_events:
        lines.append(f"the captions and the transcript lack {report.missed_events} of the worker's events")
    return lines


_KINDS = (("dubbed", "dubbed"), ("without speech", "without speech"), ("original", "in the original"))


def _written(report: Report) -> list[tuple[str, str]]:
    both = (("captions", report.captions), ("transcript", report.transcript))
    return [(kind, path) for kind, path in both if path is not None]


def _state(tally: Tally) -> str:
    for what in ("input", "output"):
        change = tally.states.get(what)
        if change is not None and change.to in ("lost", "ended"):
            return f"{what} {change.to}"
    change = tally.states.get("state")
    return change.to if change is not None else "waiting"


def _originals(tally: Tally) -> str:
    if not tally.heard["original"]:
        return ""
    return f"  in the original {tally.heard['original']} ({tally.why_original()})"


def span(seconds: float) -> str:
    whole = round(seconds)
    minutes = f"{whole // 60 % 60:02d}:{whole % 60:02d}"
    return f"{whole // 3600}:{minutes}" if whole >= 3600 else minutes
