"""`.env.example`: every setting of every service, as the lines of an environment file that all may share.

Written by `make env-example` from the tables; a test fails where the file is not what they say.
"""

import dataclasses
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media_service.config import WorkerSettings
from media_service.orchestrator.settings import OrchestratorSettings
from service_kit.settings import Settings, default_text, help_text, variable
from sts_service.echo.settings import EchoSettings
from sts_service.full.settings import FullSettings

from livedub.settings.tables import TABLES

FILE = ".env.example"
_WIDTH = 110
_HEAD = """\
Every setting of every service of livedub, with its default. Copy this file (to deploy/.env for the compose \
file, to /etc/livedub/livedub.env for the systemd units) and take the # away from what you want to set; what \
stays commented is the service's own default, also after an upgrade. An empty value is as good as none.
Keys, tokens and URLs with keys are secrets: let the copy be its owner's alone (chmod 600).
Made by `make env-example`; not to be edited by hand."""


@dataclass
class _Line:
    """One variable. Services that share it may each mean something of their own by it."""

    meanings: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Help and default, and whose they are."""


def sections() -> Mapping[str, tuple[str, type[Settings]]]:
    """By who reads the table: what to call it, and the table."""
    told: dict[str, tuple[str, type[Settings]]] = {
        "orchestrator": ("the orchestrator: python -m media_service.orchestrator", OrchestratorSettings),
        "worker": (
            "the media worker: python -m media_service.worker; the orchestrator hands these to its workers",
            WorkerSettings,
        ),
        "full": ("the speech service that dubs: python -m sts_service.full", FullSettings),
        "echo": ("the echo service: python -m sts_service.echo", EchoSettings),
    }
    for verb, table in TABLES.items():
        told[f"livedub {verb}"] = (f"the command: livedub {verb}", table)
    return told


def text() -> str:
    tables = sections()
    lines: dict[str, _Line] = {}
    first: dict[str, str] = {}
    for who, (_, table) in tables.items():
        for row in dataclasses.fields(table):
            name = variable(row, table.PREFIX)
            line = lines.setdefault(name, _Line())
            line.meanings.setdefault((help_text(row), default_text(row)), []).append(who)
            first.setdefault(name, who)
    parts = [_comment(_HEAD)]
    for who, (title, _) in tables.items():
        own = [name for name in lines if first[name] == who]
        if own:
            parts.append(f"\n# {'-' * 8} {title}\n")
            parts += [part for name in own for part in _row(name, lines[name], who)]
    return "\n".join(parts).replace("\n\n\n", "\n\n")


def _row(name: str, line: _Line, who: str) -> Iterator[str]:
    for (meaning, default), readers in line.meanings.items():
        whose = "" if readers[0] == who else f"{', '.join(readers)}: "
        yield _comment(f"{whose}{meaning}" + ("; required" if default == "required" else ""))
    ((_, default), *_) = line.meanings
    # A secret has no default, and so stays empty.
    yield f"#{name}={'' if default in ('required', 'unset') else default}\n"


def _comment(words: str) -> str:
    wrapped = [
        part for one in words.splitlines() for part in textwrap.wrap(one, _WIDTH - 2, break_long_words=False)
    ]
    return "\n".join(f"# {part}" for part in wrapped)


def variables() -> Mapping[str, Any]:
    """Every variable that a service reads, with the row of its first table."""
    found: dict[str, Any] = {}
    for _, table in sections().values():
        for row in dataclasses.fields(table):
            found.setdefault(variable(row, table.PREFIX), row)
    return found


if __name__ == "__main__":
    Path(FILE).write_text(text(), "utf-8")
