"""Which engine serves a stage: the one that is named, or the best that is ready here and keeps up here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dubbing_protocol.model import Stage

from sts_service.engines.card import Card, Kind, Offer
from sts_service.engines.errors import NoEngine, NotHere
from sts_service.engines.registry import AnySpec, Broken, broken, find, load
from sts_service.engines.settings import EngineSettings

AUTO: Final = "auto"

_ORDER: Final[tuple[Kind, ...]] = ("production", "local", "embedded")
"""Of `auto`. A cloud engine costs money and sends speech away, a test engine dubs nothing: only by name."""


@dataclass(frozen=True, slots=True)
class Choice:
    spec: AnySpec
    offer: Offer
    why: str
    """For the start-up log and `/ready`."""


@dataclass(frozen=True, slots=True)
class Passed:
    """An engine that was passed over, for the start-up log and `/ready`."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Candidates:
    choices: tuple[Choice, ...]
    """Best first."""
    passed: tuple[Passed, ...]


def choose(
    stage: Stage, wanted: str, settings: EngineSettings, source_target: tuple[str, str] | None = None
) -> Choice:
    """The first of the candidates. Raises `NoEngine`."""
    return candidates(stage, wanted, settings, source_target).choices[0]


def candidates(
    stage: Stage, wanted: str, settings: EngineSettings, source_target: tuple[str, str] | None = None
) -> Candidates:
    """`wanted` is a name, `module:attribute` or `auto`. At least one; raises `NoEngine`, which says why none.

    `source_target` leaves out what does not serve these languages.
    """
    if wanted != AUTO:
        return Candidates((_named(stage, wanted, settings, source_target),), ())
    choices: list[Choice] = []
    passed = [Passed(fault.name, fault.why) for fault in broken(stage)]
    for spec in _in_order(stage):
        outcome = _check(spec, settings, source_target)
        if isinstance(outcome, Offer):
            # Later ones are checked too: the best may turn out not to keep up.
            choices.append(
                Choice(spec, outcome, f"auto: the best {spec.card.kind} engine that is ready here")
            )
        else:
            passed.append(outcome)
    if not choices:
        reasons = "; ".join(f"{each.name}: {each.why}" for each in passed) or "none is installed"
        raise NoEngine(f"no engine for {stage}: {reasons}")
    return Candidates(tuple(choices), tuple(passed))


def _named(
    stage: Stage, name: str, settings: EngineSettings, source_target: tuple[str, str] | None
) -> Choice:
    spec = _by_name(stage, name)
    if isinstance(spec, Broken):
        raise NoEngine(f"{name} is broken: {spec.why}")
    outcome = _check(spec, settings, source_target)
    if isinstance(outcome, Passed):
        raise NoEngine(f"{name} cannot serve {stage} here: {outcome.why}")
    return Choice(spec, outcome, "named in the settings")


def _by_name(stage: Stage, name: str) -> AnySpec | Broken:
    if ":" in name:
        return load(stage, name)
    engines = find(stage)
    if name in engines:
        return engines[name]
    for fault in broken(stage):
        if fault.name == name:
            return fault
    known = ", ".join([AUTO, *sorted(engines)])
    raise NoEngine(f"{name} is no engine for {stage}; there are {known}")


def _in_order(stage: Stage) -> Iterator[AnySpec]:
    engines = [spec for spec in find(stage).values() if spec.card.kind in _ORDER]
    yield from sorted(engines, key=lambda spec: (_ORDER.index(spec.card.kind), spec.card.name))


def _check(spec: AnySpec, settings: EngineSettings, source_target: tuple[str, str] | None) -> Offer | Passed:
    outcome = offer_of(spec, settings)
    if isinstance(outcome, Passed) or source_target is None or outcome.serves(*source_target):
        return outcome
    return Passed(spec.card.name, f"does not know {source_target[0]} to {source_target[1]}")


def offer_of(spec: AnySpec, settings: EngineSettings) -> Offer | Passed:
    """What it offers here, or why it is not here, whatever a foreign engine's check comes to."""
    try:
        return spec.check(settings)
    except NotHere as reason:
        return Passed(spec.card.name, str(reason))
    except Exception as error:
        return Passed(spec.card.name, f"its check failed: {type(error).__name__}")


def needs_trial(card: Card) -> bool:
    """A network engine is not: that costs money, and an outage at the start is no reason to pass it over."""
    return card.home == "process" or card.kind in ("local", "embedded")
