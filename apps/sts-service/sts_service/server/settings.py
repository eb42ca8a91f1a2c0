"""The server's own table of settings."""

from dataclasses import dataclass

from service_kit import tracing
from service_kit.settings import SettingError, Settings, setting

from sts_service.server.effects import Limits
from sts_service.server.flow import Thresholds


@dataclass(frozen=True, kw_only=True)
class ServerSettings(Settings):
    """What every speech-to-speech service has."""

    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8000, "port to listen on; 0 picks a free one", at_least=0, at_most=65535)
    sts_api_key: str | None = setting(None, "token that a worker must send as auth.token", secret=True)
    ws_max_connections: int = setting(100, "connections at once", at_least=1, at_most=100_000)
    ws_connect_rate_per_s: int = setting(50, "new connections a second and peer address", at_least=1)
    queue_max_depth: int = setting(400, "fragments in flight, all streams together", at_least=1)
    backpressure_threshold_low: int = setting(1, "first count in flight of level low", at_least=1)
    backpressure_threshold_medium: int = setting(4, "first count in flight of level medium", at_least=1)
    backpressure_threshold_high: int = setting(7, "first count in flight of level high", at_least=1)
    backpressure_threshold_critical: int = setting(
        10, "most in flight a stream, and the width of its reorder window", at_least=1, at_most=1000
    )
    fragment_max_bytes: int = setting(
        10_485_760, "largest audio of a fragment, bytes of base64", at_least=1024, at_most=45_000_000
    )
    fragment_rate_per_min: int = setting(600, "fragments a minute and stream", at_least=1)
    auto_disconnect_delay_s: float = setting(
        5.0, "seconds from stream:complete to the end of the connection", at_least=0, at_most=3600
    )
    idle_timeout_s: float = setting(
        60.0, "seconds of silence after which a connection is closed", at_least=0.1
    )
    log_level: str = setting("info", "how much to log", choices=("debug", "info", "warning", "error"))
    log_format: str = setting("json", "how to log", choices=("json", "text"))
    trace_endpoint: str | None = tracing.endpoint_row()
    trace_ratio: float = tracing.ratio_row()

    def __post_init__(self) -> None:
        super().__post_init__()
        tracing.check("TRACE_ENDPOINT", self.trace_endpoint)
        check_thresholds("BACKPRESSURE_THRESHOLD", self._own_thresholds)

    @property
    def thresholds(self) -> Thresholds:
        """Those in force."""
        return self._own_thresholds

    @property
    def _own_thresholds(self) -> Thresholds:
        return Thresholds(
            low=self.backpressure_threshold_low,
            medium=self.backpressure_threshold_medium,
            high=self.backpressure_threshold_high,
            cap=self.backpressure_threshold_critical,
        )

    @property
    def limits(self) -> Limits:
        return Limits(
            thresholds=self.thresholds,
            fragment_max_bytes=self.fragment_max_bytes,
            fragment_rate_per_min=self.fragment_rate_per_min,
            auto_disconnect_delay_s=self.auto_disconnect_delay_s,
        )


def check_thresholds(names: str, levels: Thresholds) -> None:
    """Raises `SettingError` where the levels do not rise."""
    if not (levels.low < levels.medium < levels.high <= levels.cap):
        given = f"{levels.low}, {levels.medium}, {levels.high}, {levels.cap}"
        raise SettingError(f"{names}_*: LOW < MEDIUM < HIGH <= CRITICAL is needed, not {given}")
