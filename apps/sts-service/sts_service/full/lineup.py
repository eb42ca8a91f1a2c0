"""Which engine serves each stage: tried at the start one after the other, best first, kept or passed over."""

import contextlib
import logging
import math
from functools import partial

from dubbing_protocol.model import Stage as StageName
from service_kit.logs import named

from sts_service.engines import EngineError, NotHere
from sts_service.engines.choice import Choice, Passed, needs_trial
from sts_service.engines.registry import STAGES
from sts_service.engines.trial import KEEPS_UP, LONGEST_S, TRIAL_S, trial
from sts_service.full.load import Load
from sts_service.full.post import AnyStage, Given, Post, post_of
from sts_service.full.settings import FullSettings
from sts_service.full.stage import USUAL_S, Stage

log = logging.getLogger(__name__)

_TRIAL = "(trial)"
"""In the place of a stream's id."""


class Lineup:
    """The three stages; `start` takes as long as the models take to load."""

    def __init__(self, settings: FullSettings, given: Given | None = None, load: Load | None = None) -> None:
        """Looks who is here, which is quick. Raises `NoEngine`, which names the setting. `load` is told what
        the engines that are kept can do, and what they do."""
        self._settings = settings
        self._load = load
        self.posts: dict[StageName, Post] = {name: post_of(name, settings, given or {}) for name in STAGES}

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
        choices = post.candidates.choices
        for choice in choices:
            name = choice.spec.card.name
            # Of several that do not keep up the fastest is wanted, and the last one tried is still here.
            fastest = min((factor for factor, _ in slow), default=math.inf)
            enough = fastest if post.is_named or choice is choices[-1] else KEEPS_UP
            try:
                factor = await self._try(post, choice, max(KEEPS_UP, enough))
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
                await self._try(post, choice, math.inf, slow_at=factor)
                return
        reasons = "; ".join(f"{each.name}: {each.why}" for each in post.passed)
        post.why = f"no engine serves this stage: {reasons}"
        log.error("%s: no engine serves this stage", post.name)

    async def _try(self, post: Post, choice: Choice, enough: float, slow_at: float | None = None) -> float:
        """Its real-time factor; the post has its stage where that is at most `enough`.

        `slow_at`: known from a trial before. Raises `_Unfit`.
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
            if factor <= enough:
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
                # One that is too slow for its time-out shall be told as slow, not as failed.
                patience_s = max(TRIAL_S, USUAL_S * LONGEST_S / (self._settings.timeout_ms(post.name) / 1000))
                done = await stage.run(
                    _TRIAL, lambda engine: trial(engine, card, choice.offer), audio_s=patience_s
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
        if self._load:
            # What is there for tests costs nothing; a network's engine has had no trial.
            tried = factor or (0.0 if stage.card.kind == "test" else None)
            of_machine = stage.card.home == "process" or needs_trial(stage.card)
            self._load.equip(post.name, lambda: stage.running, tried, is_of_machine=of_machine)
            stage.on_worked = partial(_worked, self._load, post.name)
        post.why = choice.why if trouble is None else f"{choice.why}, although it {trouble}"
        log.log(
            logging.INFO if trouble is None else logging.WARNING,
            "%s: %s serves this stage: %s",
            post.name,
            stage.card.name,
            post.why,
            extra=named(model=choice.offer.model, kind=stage.card.kind, real_time_factor=round(factor, 3)),
        )


def _worked(load: Load, name: StageName, stream_id: str, seconds: float, processor_s: float | None) -> None:
    load.worked(stream_id, name, seconds, processor_s)


class _Unfit(Exception):
    """Why an engine is passed over."""
