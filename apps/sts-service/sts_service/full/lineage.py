"""Where a result comes from: sound, transcript, translation, speech, each with its parent."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import uuid4

Kind = Literal["audio", "transcript", "translation", "speech"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    id: str
    kind: Kind
    parent_id: str | None = None
    engine: str | None = None
    """None for what the worker sent."""
    model: str | None = None
    waited_ms: int | None = None
    """For its engine."""
    took_ms: int | None = None
    """At its engine."""


class Lineage:
    """One fragment's, each asset made of the one before it."""

    def __init__(self, new_id: Callable[[], str] = lambda: str(uuid4())) -> None:
        self._new_id = new_id
        self._assets = [Asset(id=new_id(), kind="audio")]

    def add(self, kind: Kind, *, engine: str, model: str, waited_ms: int, took_ms: int) -> None:
        asset = Asset(
            id=self._new_id(),
            kind=kind,
            parent_id=self._assets[-1].id,
            engine=engine,
            model=model,
            waited_ms=waited_ms,
            took_ms=took_ms,
        )
        self._assets.append(asset)

    def told(self) -> list[dict[str, Any]]:
        """For the result's metadata, without what is unset."""
        return [
            {name: value for name, value in asdict(asset).items() if value is not None}
            for asset in self._assets
        ]
