"""The echo service's settings: the server's, and what echo pretends."""

import json
from dataclasses import dataclass
from pathlib import Path

from dubbing_protocol import ErrorSimulation, field_errors
from pydantic import ValidationError
from service_kit.settings import SettingError, setting

from sts_service.server.flow import Thresholds
from sts_service.server.settings import ServerSettings, check_thresholds


def _threshold(level: str) -> int | None:
    row: int | None = setting(
        None,
        f"pretend that BACKPRESSURE_THRESHOLD_{level.upper()} is this",
        at_least=1,
        at_most=1000,
        kind=int,
    )
    return row


@dataclass(frozen=True, kw_only=True)
class EchoSettings(ServerSettings):
    """The table of `python -m sts_service.echo`."""

    echo_processing_delay_ms: int = setting(
        0, "milliseconds to pretend to work on each fragment", at_least=0, at_most=600_000
    )
    echo_backpressure_threshold_low: int | None = _threshold("low")
    echo_backpressure_threshold_medium: int | None = _threshold("medium")
    echo_backpressure_threshold_high: int | None = _threshold("high")
    echo_backpressure_threshold_critical: int | None = _threshold("critical")
    echo_simulation: str | None = setting(
        None, "faults that every new stream begins with: a JSON file's path, or the JSON itself"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        check_thresholds("ECHO_BACKPRESSURE_THRESHOLD", self.thresholds)
        if self.echo_simulation is not None:
            simulation_of(self.echo_simulation)

    @property
    def thresholds(self) -> Thresholds:
        real = super().thresholds
        return Thresholds(
            low=self.echo_backpressure_threshold_low or real.low,
            medium=self.echo_backpressure_threshold_medium or real.medium,
            high=self.echo_backpressure_threshold_high or real.high,
            cap=self.echo_backpressure_threshold_critical or real.cap,
        )


def simulation_of(text: str) -> ErrorSimulation:
    """What ECHO_SIMULATION names or says. Raises `SettingError`."""
    try:
        said = text if text.lstrip().startswith("{") else Path(text).read_text(encoding="utf-8")
        return ErrorSimulation.from_wire(json.loads(said))
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValidationError as error:
        wrong = field_errors(error)[0]
        problem = f"{wrong['field']}: {wrong['problem']}"
    except ValueError:  # of JSON, of text, of a path with a null byte
        problem = "is neither JSON nor the path of a JSON file"
    raise SettingError(f"ECHO_SIMULATION: {problem}")
