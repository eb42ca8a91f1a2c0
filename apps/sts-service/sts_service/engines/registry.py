"""Engines by name: those that packages name in their entry points, this one's and anybody's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any, TypeAlias

from dubbing_protocol.model import Stage

from sts_service.engines.spec import EngineSpec

STAGES: tuple[Stage, ...] = ("asr", "translation", "tts")

AnySpec: TypeAlias = EngineSpec[Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """An entry point that names no usable engine."""

    name: str
    why: str


def group(stage: Stage) -> str:
    """The entry points of a stage."""
    return f"dubbing.{stage}"


def find(stage: Stage) -> Mapping[str, AnySpec]:
    """By name. A broken one is left out; `broken` tells of it."""
    return _loaded(stage)[0]


def broken(stage: Stage) -> tuple[Broken, ...]:
    return _loaded(stage)[1]


def load(stage: Stage, where: str) -> AnySpec | Broken:
    """The engine at `module:attribute`, which needs no entry point."""
    return _load(stage, EntryPoint(name="", group=group(stage), value=where))


def _loaded(stage: Stage) -> tuple[Mapping[str, AnySpec], tuple[Broken, ...]]:
    specs: dict[str, AnySpec] = {}
    failures: list[Broken] = []
    for point in _distinct(entry_points(group=group(stage))):
        spec = _load(stage, point)
        if isinstance(spec, Broken):
            failures.append(spec)
        elif point.name in specs:
            failures.append(
                Broken(point.name, f"{point.value}: another package brings an engine of this name")
            )
        else:
            specs[point.name] = spec
    return MappingProxyType(specs), tuple(failures)


def _distinct(points: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Our own first, so that no other package takes the place of a shipped engine unasked; the rest by name.

    A package that is found twice on the path counts once.
    """
    seen = {(point.name, point.value): point for point in points}
    return sorted(seen.values(), key=lambda point: (not point.value.startswith("sts_service."), point.name))


def _load(stage: Stage, point: EntryPoint) -> AnySpec | Broken:
    name = point.name or point.value
    try:
        spec = point.load()
    # A foreign module may fail in any way while it is imported, and that must not keep the others from us.
    except Exception as error:
        return Broken(name, f"{point.value}: {type(error).__name__}: {error}")
    if not isinstance(spec, EngineSpec):
        return Broken(name, f"{point.value} is no EngineSpec")
    if spec.card.stage != stage:
        return Broken(name, f"{point.value} is an engine for {spec.card.stage}, not for {stage}")
    if point.name and spec.card.name != point.name:
        return Broken(name, f"{point.value} calls itself {spec.card.name}")
    return spec
