"""From the settings to what the orchestrator is told, as variables. Pure."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

from media_service.orchestrator.settings import OrchestratorSettings
from service_kit.settings import SettingError, variable

from livedub.dub.plan import Service, without
from livedub.settings import ConfigFile, ServeSettings
from livedub.settings.sections import SECTIONS

RENAMED = {
    "sts_service_url": "sts",
    "sts_api_key": "sts_key",  # pragma: allowlist secret
    "source_language": "from",
    "target_language": "to",
    "segment_mode": "cut",
    "av_offset_ms": "budget_ms",
}
"""The orchestrator's name of a setting, and the name that it has here; the others have the same."""

OWN = {"log_format"}
"""Of the orchestrator's settings, those that are not for people to set here."""

_VARIABLE = re.compile(r"\bLIVEDUB_[A-Z_]+\b")


def orchestrator_variables(
    settings: ServeSettings, file: ConfigFile, environ: Mapping[str, str], service: Service
) -> dict[str, str]:
    """The whole environment of the orchestrator, and so of what it starts.

    What livedub has no setting for stays the person's own variable for the workers, or the file's.
    """
    worker = SECTIONS["worker"]
    taken = {variable(row, worker.table.PREFIX) for key, row in worker.rows().items() if key in worker.taken}
    kept = {name: value for name, value in without(environ, "LIVEDUB_").items() if name not in taken}
    values = {**_values(settings), "sts_service_url": service.url, "sts_api_key": service.key}
    return {
        **kept,
        **worker.variables(file.sections.get("worker", {}), environ),
        "WORKER_SEGMENT_DURATION": str(settings.fragment_s),
        "LIVEDUB_LOG_FORMAT": "json",
        **{
            variable(row, OrchestratorSettings.PREFIX): _text(values[row.name])
            for row in dataclasses.fields(OrchestratorSettings)
            if values.get(row.name) is not None
        },
    }


def check(variables: Mapping[str, str]) -> None:
    """What the orchestrator would refuse is refused before anything is started. Raises `SettingError`."""
    try:
        OrchestratorSettings.load((), variables, prog="", description="")
    except SettingError as wrong:
        raise SettingError(in_our_words(str(wrong))) from None


def in_our_words(message: str) -> str:
    """A complaint of the orchestrator's about settings, by the names that they have here."""
    ours = {
        variable(row, OrchestratorSettings.PREFIX): RENAMED.get(row.name, row.name)
        for row in dataclasses.fields(OrchestratorSettings)
    }

    def renamed(found: "re.Match[str]") -> str:
        name = ours.get(found[0])
        return found[0] if name is None else f"--{name.replace('_', '-')}"

    return _VARIABLE.sub(renamed, message)


def _values(settings: ServeSettings) -> dict[str, Any]:
    """By the orchestrator's names."""
    by_field = {"source_language": "source_language", "target_language": "target_language"}
    names = {row.name: row.name for row in dataclasses.fields(OrchestratorSettings)} | RENAMED | by_field
    return {theirs: getattr(settings, ours) for theirs, ours in names.items() if theirs not in OWN}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
