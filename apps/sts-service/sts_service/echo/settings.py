"""The echo service's settings: the server's, and what echo pretends."""

from dataclasses import dataclass

from sts_service.server.flow import Thresholds
from sts_service.server.settings import ServerSettings, check_thresholds, setting


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

    def __post_init__(self) -> None:
        super().__post_init__()
        check_thresholds("ECHO_BACKPRESSURE_THRESHOLD", self.thresholds)

    @property
    def thresholds(self) -> Thresholds:
        real = super().thresholds
        return Thresholds(
            low=self.echo_backpressure_threshold_low or real.low,
            medium=self.echo_backpressure_threshold_medium or real.medium,
            high=self.echo_backpressure_threshold_high or real.high,
            cap=self.echo_backpressure_threshold_critical or real.cap,
        )
