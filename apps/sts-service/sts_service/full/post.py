"""A stage's post: who could serve it, who was passed over, and who serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dubbing_protocol.model import Stage as StageName

from sts_service.engines import NotHere
from sts_service.engines.choice import Candidates, Choice, Passed, candidates
from sts_service.engines.errors import NoEngine
from sts_service.engines.listing import licence
from sts_service.engines.registry import AnySpec
from sts_service.full.settings import AUTO, FullSettings
from sts_service.full.stage import Stage

AnyStage: TypeAlias = Stage[Any]

Given: TypeAlias = Mapping[StageName, AnySpec]
"""Engines that are not to be looked for."""


@dataclass(slots=True)
class Post:
    """A stage and who serves it."""

    name: StageName
    candidates: Candidates
    is_named: bool
    """The operator's own choice, which is kept though it may not keep up."""
    stage: AnyStage | None = None
    why: str = "the engines are still being tried"
    real_time_factor: float | None = None
    passed: list[Passed] = field(default_factory=list)

    @property
    def is_served(self) -> bool:
        return self.stage is not None and self.stage.running > 0

    def told(self) -> dict[str, Any]:
        """For `/ready`."""
        told: dict[str, Any] = {"engine": None, "model": None, "why": self.why}
        if self.stage:
            card = self.stage.card
            told |= {"engine": card.name, "kind": card.kind, "model": self.stage.offer.model}
            told["licence"] = licence(card)
            told["processes"] = card.concurrency if card.home == "process" else 0
            told["running"] = self.stage.running
        if self.real_time_factor is not None:
            told["real_time_factor"] = round(self.real_time_factor, 3)
        told["passed_over"] = [{"engine": each.name, "why": each.why} for each in self.passed]
        return told


def post_of(name: StageName, settings: FullSettings, given: Given) -> Post:
    """With those who could serve it here. Raises `NoEngine`, which names the setting."""
    wanted = settings.engine(name)
    if name in given:
        spec = given[name]
        try:
            found = Candidates((Choice(spec, spec.check(settings), "given"),), ())
        except NotHere as reason:
            raise NoEngine(f"{name.upper()}_ENGINE: {reason}") from reason
        return Post(name, found, is_named=True)
    try:
        found = candidates(name, wanted, settings)
    except NoEngine as error:
        raise NoEngine(f"{name.upper()}_ENGINE: {error}") from error
    return Post(name, found, is_named=wanted != AUTO, passed=list(found.passed))
