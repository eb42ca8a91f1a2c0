"""How an engine process is told which engine to make: by name, or by what its spec is made of."""

import pickle
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from sts_service.engines.errors import NotHere
from sts_service.engines.spec import EngineSpec


def written(spec: EngineSpec[Any]) -> bytes:
    """What another process finds the spec by. Raises `NotHere`."""
    try:
        return pickle.dumps(_name(spec) or spec)
    except Exception as error:
        raise NotHere(
            f"{spec.card.name}: a process cannot find its spec, which is neither in a module nor picklable"
        ) from error


def found(address: bytes) -> EngineSpec[Any]:
    """The other way; imports the engine's module."""
    spec: str | EngineSpec[Any] = pickle.loads(address)
    if isinstance(spec, str):
        module, _, attribute = spec.partition(":")
        named: EngineSpec[Any] = getattr(import_module(module), attribute)
        return named
    return spec


def _name(spec: EngineSpec[Any]) -> str | None:
    """`module:attribute`, where the spec stands in the module that makes its engine."""
    module: ModuleType | None = sys.modules.get(getattr(spec.make, "__module__", ""))
    if module is None or module.__name__ == "__main__":
        return None
    names = (name for name, value in vars(module).items() if value is spec)
    attribute = next(names, None)
    return None if attribute is None else f"{module.__name__}:{attribute}"
