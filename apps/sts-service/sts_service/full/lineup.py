"""Which engine serves each stage: tried at the start one after the other, best first, kept or passed over."""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dubbing_protocol.model import Stage as StageName
from service_kit.logs import named

from sts_service.engines import EngineError, NotHere
from sts_service.engines.choice import Candidates, Choice, Passed, candidates, needs_trial
from sts_service.engines.errors import NoEngine
from sts_service.engines.registry import STAGES, AnySpec
from sts_service.engines.trial import KEEPS_UP, TRIAL_S, trial
from sts_service.full.settings import AUTO, FullSettings
from sts_service.full.stage import Stage

log = logging.getLogger(__name__)

AnyStage: TypeAlias = Stage[Any]

Given: TypeAlias = Mapping[StageName, AnySpec]
"""Engines that are not to be looked for."""

_TRIAL = "(trial)"
"""In the place of a stream's id."""


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
            told["processes"] = card.concurrency if card.home == "process" else 0
            told["running"] = self.stage.running
        if self.real_time_factor is not None:
            told["real_time_factor"] = round(self.real_time_factor, 3)
        told["passed_over"] = [{"engine": each.name, "why": each.why} for each in self.passed]
        return told


class Lineup:
    """The three stages; `start` takes as long as the models take to load."""

    def __init__(self, settings: FullSettings, given: Given | None = None) -> None:
        """Looks who is here, which is quick. Raises `NoEngine`, which names the setting."""
        self._settings = settings
        self.posts: dict[StageName, Post] = {name: _post(name, settings, given or {}) for name in STAGES}

    @property
    def is_ready(self) -> bool:
        return all(post.is_served for post in self.posts.values())

    def stage(self, name: StageName) -> AnyStage:
        """Raises `KeyError` where nobody serves it."""
        stage = self.posts[name].stage
        if stage is None:
            raise KeyError(name)
        return stage

    async def start(self) -> None:
        """One engine at a time: a trial tells the truth only where nothing else computes."""
        for post in self.posts.values():
            await self._fill(post)

    async def close(self) -> None:
        for post in self.posts.values():
            stage, post.stage = post.stage, None
            if stage:
                await stage.close()

    async def _fill(self, post: Post) -> None:
        slow: list[tuple[float, Choice]] = []
        for choice in post.candidates.choices:
            name = choice.spec.card.name
            try:
                factor = await self._try(post, choice)
            except _Unfit as unfit:
                why = str(unfit)
            else:
                if post.stage:
                    return
                slow.append((factor, choice))
                why = f"does not keep up here: needs {factor:.2f} of real time, {KEEPS_UP} is allowed"
            post.passed.append(Passed(name, why))
            log.warning("%s: %s is passed over: %s", post.name, name, why)
        # A late dub is better than none, and the worker decides what to do about it.
        for factor, choice in sorted(slow, key=lambda each: each[0]):
            with contextlib.suppress(_Unfit):
                await self._try(post, choice, slow_at=factor)
                return
        reasons = "; ".join(f"{each.name}: {each.why}" for each in post.passed)
        post.why = f"no engine serves this stage: {reasons}"
        log.error("%s: no engine serves this stage", post.name)

    async def _try(self, post: Post, choice: Choice, slow_at: float | None = None) -> float:
        """Its real-time factor; the post has its stage where that is small enough, or does not matter.

        `slow_at`: known from a trial before, and taken nevertheless. Raises `_Unfit`.
        """
        stage: AnyStage = Stage(
            choice.spec,
            choice.offer,
            self._settings,
            timeout_ms=self._settings.timeout_ms(post.name),
            queue_bound=self._settings.queue_max_depth,
        )
        try:
            await stage.start()
            trouble, factor = await self._trial(post, stage, choice, slow_at)
            if factor <= KEEPS_UP or post.is_named or slow_at is not None:
                self._keep(post, stage, choice, factor, trouble)
            return factor
        except NotHere as reason:
            raise _Unfit(str(reason)) from reason
        finally:
            if post.stage is not stage:
                await stage.close()

    async def _trial(
        self, post: Post, stage: AnyStage, choice: Choice, slow_at: float | None
    ) -> tuple[str | None, float]:
        """What is wrong, and its real-time factor; 0 where no trial is made. Raises `_Unfit`."""
        card, factor = stage.card, slow_at
        if factor is None:
            if card.kind == "test" or not needs_trial(card):
                return None, 0.0
            try:
                done = await stage.run(
                    _TRIAL, lambda engine: trial(engine, card, choice.offer), audio_s=2 * TRIAL_S
                )
            except EngineError as error:
                problem = f"failed its trial: {error.code}: {error.message}"
                if post.is_named:
                    return problem, 0.0
                raise _Unfit(problem) from error
            factor = done.value
        if factor > KEEPS_UP:
            return f"does not keep up here: it needs {factor:.2f} of real time", factor
        return None, factor

    def _keep(self, post: Post, stage: AnyStage, choice: Choice, factor: float, trouble: str | None) -> None:
        post.stage = stage
        post.passed = [each for each in post.passed if each.name != stage.card.name]
        post.real_time_factor = factor or None
        post.why = choice.why if trouble is None else f"{choice.why}, although it {trouble}"
        log.log(
            logging.INFO if trouble is None else logging.WARNING,
            "%s: %s serves this stage: %s",
            post.name,
            stage.card.name,
            post.why,
            extra=named(model=choice.offer.model, kind=stage.card.kind, real_time_factor=round(factor, 3)),
        )


class _Unfit(Exception):
    """Why an engine is passed over."""


def _post(name: StageName, settings: FullSettings, given: Given) -> Post:
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
