"""The sections of `livedub.toml`: each is the table of a service, whose variables it stands in for."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from media_service.config import WorkerSettings
from service_kit.settings import Settings, variable
from sts_service.echo.settings import EchoSettings
from sts_service.full.settings import FullSettings


@dataclass(frozen=True)
class Section:
    table: type[Settings]
    taken: frozenset[str] = frozenset()
    """Rows that are not the file's to say."""

    def rows(self) -> Mapping[str, "dataclasses.Field[Any]"]:
        return {row.name: row for row in dataclasses.fields(self.table)}

    def variables(self, values: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
        """What the file says, as the service's variables; a variable that is set beats it."""
        named = {variable(row, self.table.PREFIX): values.get(key) for key, row in self.rows().items()}
        return {
            name: _text(value)
            for name, value in named.items()
            if value is not None and environ.get(name, "") == ""
        }


WORKER_ROWS = {
    "input_url": "input",
    "output_url": "output",
    "output_exists": "overwrite",
    "realtime": "realtime",
    "sts_service_url": "sts",
    "sts_api_key": "sts_key",  # pragma: allowlist secret
    "source_language": "from",
    "target_language": "to",
    "voice_profile": "voice",
    "segment_mode": "cut",
    "segment_duration": "fragment_s",
    "av_offset_ms": "budget_ms",
    "mix": "mix",
}
"""The worker's name of a setting, and the name that it has here."""

_WORKER_OWN = {"stream_id", "sts_mode", "sts_give_up", "metrics_port", "metrics_host", "control_token"}

SECTIONS: Mapping[str, Section] = {
    "worker": Section(WorkerSettings, frozenset(WORKER_ROWS.keys() | _WORKER_OWN | {"log_format"})),
    "engines": Section(FullSettings),
    "echo": Section(EchoSettings),
}


def full_settings(sections: Mapping[str, Mapping[str, Any]], environ: Mapping[str, str]) -> FullSettings:
    """What the speech service that dubs would be started with here. Raises `SettingError`."""
    said = SECTIONS["engines"].variables(sections.get("engines", {}), environ)
    return FullSettings.load((), {**environ, **said}, prog="", description="")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
