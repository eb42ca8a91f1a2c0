"""What does an engine's module import, and what its check? Asked in a process that has not seen it yet."""

import base64
import json
import os
import pickle
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any

from sts_service.engines import EngineSettings, EngineSpec, NotHere
from sts_service.engines.host.address import found, written

# What all engines import.
for _room in ("asr", "translation", "tts"):
    import_module(f"sts_service.{_room}")

_PROGRAM = "from sts_service.testing.imports import report; report()"


def heavy_imports(spec: EngineSpec[Any], settings: EngineSettings) -> list[str]:
    """The packages that finding and checking the engine imports, beyond its own and every engine's."""
    package = str(getattr(spec.make, "__module__", "")).partition(".")[0]
    given = (written(spec), settings, package)
    asked = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=base64.b64encode(pickle.dumps(given)),
        capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        timeout=60,
        check=False,
    )
    if asked.returncode:
        raise RuntimeError(asked.stderr.decode()[-2000:])
    packages: list[str] = json.loads(asked.stdout.splitlines()[-1])
    return packages


def report() -> None:
    """The other process's side."""
    address, settings, package = pickle.loads(base64.b64decode(sys.stdin.read()))
    before = set(sys.modules)
    with suppress(NotHere):
        found(address).check(settings)
    known = {name.partition(".")[0] for name in before} | set(sys.stdlib_module_names) | {package}
    new = {name.partition(".")[0] for name in set(sys.modules) - before} - known
    sys.stdout.write(json.dumps(sorted(new)) + "\n")
