"""What an operator must look at, of one stream: from what its keeper knows and its worker tells. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from media_service.worker.advice import remedy

Level = Literal["alarm", "warning"]
"""`alarm`: viewers do not get what they should; `warning`: they still do."""

Code = Literal[
    "crashed",
    "silent",
    "source",
    "output",
    "speech",
    "breaker",
    "late",
    "little_dubbed",
    "av_sync",
    "forward",
    "preview",
]

FURTHEST_AV_MS = 100.0
"""Beyond this somebody notices that lips and sound do not fit."""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    code: Code
    level: Level
    text: str
    """a line for a person"""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the orchestrator itself knows."""

    crashed: str | None
    """why its worker is down, or comes and goes"""
    gave_up: bool
    silent: bool
    """a worker runs and does not answer"""
    forwards_retrying: int


def alarms(known: Standing, told: dict[str, Any] | None) -> tuple[Alarm, ...]:
    """`told` is the worker's status; None where there is none."""
    found = [*_of_the_process(known)]
    if told is not None:
        found += [*_of_the_ends(told), *_of_the_service(told), *_of_the_sound(told)]
    return tuple(sorted(found, key=lambda one: one.level))


def _of_the_process(known: Standing) -> Iterator[Alarm]:
    if known.crashed is not None:
        after = "; it is not started again by itself" if known.gave_up else "; it is started again"
        yield Alarm(code="crashed", level="alarm", text=known.crashed + after)
    if known.silent:
        yield Alarm(code="silent", level="warning", text="the worker does not answer")
    if known.forwards_retrying:
        text = f"{known.forwards_retrying} of its destinations cannot be reached"
        yield Alarm(code="forward", level="warning", text=text)


def _of_the_ends(told: dict[str, Any]) -> Iterator[Alarm]:
    if _within(told, "input", "state") == "lost":
        yield Alarm(code="source", level="alarm", text="the source is gone, and is waited for")
    if _within(told, "output", "state") == "lost":
        yield Alarm(code="output", level="alarm", text="the output is gone, and is connected again")
    if _within(told, "preview", "state") == "failed":
        reason = _within(told, "preview", "reason")
        text = "there is no preview" + (f": {reason}" if isinstance(reason, str) else "")
        yield Alarm(code="preview", level="warning", text=text)


def _of_the_service(told: dict[str, Any]) -> Iterator[Alarm]:
    is_on_air = told.get("state") in ("dubbing", "degraded", "original")
    if told.get("sts_mode", "enabled") != "enabled" or not is_on_air:
        return
    if told.get("sts_connected") is False:
        refusal = told.get("sts_refusal")
        text = "the speech service is not connected"
        if isinstance(refusal, str):
            text = f"the speech service refuses this stream, and is asked again: {refusal}"
        yield Alarm(code="speech", level="alarm", text=text)
    if told.get("breaker") in ("open", "half_open"):
        text = "the speech service failed too often: nothing is sent to it for a while"
        yield Alarm(code="breaker", level="alarm", text=text)
    if isinstance(advice := told.get("advice"), dict):
        share = advice.get("missed_share")
        if isinstance(share, int | float):
            would_help = remedy(advice.get("needed_offset_ms"), advice.get("raise_by_ms"))
            text = f"{share:.0%} of the dubs come too late; {would_help}"
            yield Alarm(code="late", level="warning", text=text)
    share = told.get("dubbed_share")
    if told.get("state") == "degraded" and isinstance(share, int | float):
        text = f"only {share:.0%} of the last 5 minutes was dubbed"
        yield Alarm(code="little_dubbed", level="alarm", text=text)


def _of_the_sound(told: dict[str, Any]) -> Iterator[Alarm]:
    delta_ms = told.get("av_sync_delta_ms")
    if isinstance(delta_ms, int | float) and abs(delta_ms) > FURTHEST_AV_MS:
        side = "after" if delta_ms > 0 else "before"
        yield Alarm(
            code="av_sync", level="alarm", text=f"the sound comes {abs(delta_ms):.0f} ms {side} its picture"
        )


def _within(told: dict[str, Any], end: str, name: str) -> Any:
    found = told.get(end)
    return found.get(name) if isinstance(found, dict) else None
