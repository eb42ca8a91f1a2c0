"""What the media server's own list of paths says against what its hooks have told."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from media_service.orchestrator.errors import Refused


@dataclass(frozen=True)
class Listed:
    """A path that is ready."""

    path: str
    source: str


@dataclass(frozen=True)
class Known:
    """What is held to be true of a stream."""

    told: frozenset[str]
    """its sources, by the media server's own word"""
    present: bool
    """somebody publishes, told or only believed"""
    told_s: float | None
    """when the media server last told of it"""


@dataclass(frozen=True)
class Correction:
    stream_id: str
    source: str | None
    """publishes; None: nobody does"""


def corrections(
    listed: Iterable[Listed],
    known: Mapping[str, Known],
    stream_of: Callable[[str], str | None],
    asked_s: float,
) -> list[Correction]:
    """What to change so that the list is right. What a hook told after `asked_s` is newer than the list."""
    found: dict[str, str] = {}
    for one in listed:
        try:
            stream_id = stream_of(one.path)
        except Refused:
            continue
        if stream_id is not None:
            found[stream_id] = one.source
    made = []
    for stream_id in sorted({*found, *known}):
        now = known.get(stream_id, Known(frozenset(), False, None))
        if now.told_s is not None and now.told_s >= asked_s:
            continue
        source = found.get(stream_id)
        if source is None and now.present:
            made.append(Correction(stream_id, None))
        elif source is not None and source not in now.told:
            made.append(Correction(stream_id, source))
    return made
