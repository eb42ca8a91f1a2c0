"""The compose file, read as Compose reads it: variables put in, then parsed strictly."""

import re
from typing import Any

import yaml

from deploying.dockerfile import DEPLOY

FILE = DEPLOY / "docker-compose.yml"
NEEDED = {"LIVEDUB_TOKEN": "t" * 20, "LIVEDUB_HOOK_TOKEN": "h" * 20, "STS_API_KEY": "k" * 20}
_VARIABLE = re.compile(r"\$\{(\w+)(?::([?-])([^}]*))?\}")


def text(environ: dict[str, str] = NEEDED) -> str:
    """With variables put in. LookupError where one is missing that is needed."""

    def value(found: re.Match[str]) -> str:
        name, how, told = found.groups()
        if environ.get(name):
            return environ[name]
        if how == "-":
            return str(told)
        raise LookupError(f"{name}: {told}")

    return _VARIABLE.sub(value, FILE.read_text("utf-8"))


def variables() -> set[str]:
    return {found[1] for found in _VARIABLE.finditer(FILE.read_text("utf-8"))}


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(text())["services"]
    return found


def environments() -> dict[str, dict[str, str]]:
    """What each service's own `environment` says."""
    return {name: dict(service.get("environment", {})) for name, service in services().items()}
