"""A process's tracer, from its settings."""

from importlib.util import find_spec
from urllib.parse import urlsplit

from service_kit.settings import SettingError
from service_kit.tracing.spans import NO_TRACER, Tracer

CLOSE_S = 2.0
"""What a process gives its last spans to get out."""

_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


def check(name: str, endpoint: str | None) -> None:
    """Raises `SettingError` where `name` asks for what cannot be had here."""
    if endpoint is None:
        return
    try:
        parts = urlsplit(endpoint)
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise SettingError(f"{name}: an http(s)://host[:port] address is needed")
    if not all(map(_is_here, _NEEDED)):
        raise SettingError(
            f"{name}: needs what is not installed: "
            "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
        )


def start(endpoint: str | None, ratio: float, *, service: str, instance: str | None = None) -> Tracer:
    """Nothing is imported without an endpoint. `check` it before."""
    if endpoint is None:
        return NO_TRACER
    from service_kit.tracing.otlp import OtlpTracer

    return OtlpTracer(endpoint, ratio, service=service, instance=instance)


def _is_here(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
