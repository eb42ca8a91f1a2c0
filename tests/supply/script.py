"""The scripts without a suffix, as modules."""

import importlib.util
from importlib.machinery import SourceFileLoader
from types import ModuleType

from docs.page import TREE


def script(name: str) -> ModuleType:
    loader = SourceFileLoader(name.replace("-", "_"), str(TREE / "scripts" / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    if spec is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
