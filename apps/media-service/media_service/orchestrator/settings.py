"""The orchestrator's table of settings."""

import ipaddress
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from service_kit.settings import SettingError, Settings, required, setting

from media_service.config.places import check_service, input_kind, output_kind
from media_service.orchestrator.errors import Refused, SettingsWrong
from media_service.orchestrator.names.allowed import Allowed
from media_service.orchestrator.names.ingest import PLACE, IngestPath
from media_service.orchestrator.names.words import check_language, check_voice

PROG = "python -m media_service.orchestrator"
DESCRIPTION = (
    "Runs a worker for each stream that somebody publishes or adds: a media server's hooks and an HTTP API "
    "come in, worker processes are started, watched and ended."
)
EXAMPLES = (
    f"{PROG} --sts-service-url http://127.0.0.1:8000",
    f"{PROG} --sts-service-url http://127.0.0.1:8000 --mediamtx-api http://127.0.0.1:9997",
)


@dataclass(frozen=True, kw_only=True)
class OrchestratorSettings(Settings):
    PREFIX: ClassVar[str] = "LIVEDUB_"

    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8080, "port to listen on; 0 picks a free one", at_least=0, at_most=65535)
    token: str | None = setting(
        None, "bearer token of the API; needed where host is not loopback", secret=True
    )
    hook_token: str | None = setting(
        None, "token that is good for the media server's hooks only", secret=True
    )
    state_dir: str = setting("livedub-state", "folder of the database, and of the workers' logs")

    sts_service_url: str = required("where the speech service listens", secret=True)
    sts_api_key: str | None = setting(None, "token that the speech service wants", secret=True)
    source_language: str = setting("en", "language spoken, where nothing else is said")
    target_language: str = setting("es", "language to dub into, where nothing else is said")
    voice: str = setting("default", "voice of the dub, where nothing else is said")
    mix: Literal["replace", "duck"] = setting(
        "duck", "mix of dub and original, where nothing else is said", choices=("replace", "duck")
    )
    segment_mode: Literal["fixed", "pause"] = setting(
        "pause", "where the workers cut the sound", choices=("fixed", "pause")
    )
    av_offset_ms: int = setting(
        3000, "milliseconds the speech service has after a fragment's end", at_least=0, at_most=120_000
    )

    previews: bool = setting(True, "workers write small live playlists, which the page shows")

    ingest_path: str = setting(f"live/{PLACE}/in", "the media server's path that a publisher's hook names")
    ingest_url: str = setting(
        f"rtmp://127.0.0.1:1935/live/{PLACE}/in", "where a worker reads what is published", secret=True
    )
    output_url: str = setting(
        f"rtmp://127.0.0.1:1935/live/{PLACE}/out", "where a worker sends the dubbed stream", secret=True
    )
    mediamtx_api: str | None = setting(
        None, "MediaMTX's API, asked which paths are ready so that a missed hook heals", secret=True
    )
    allow_inputs: str = setting(
        "public",
        "where streams may be fetched from: public, scheme://host[:port], file:///folder/, by commas",
    )
    allow_outputs: str = setting("public", "where streams may be sent to, likewise")

    grace_s: float = setting(30.0, "seconds a worker outlives its publisher", at_least=0, at_most=86_400)
    max_streams: int = setting(200, "streams known, at most", at_least=1, at_most=10_000)
    stop_s: float = setting(30.0, "seconds a worker may take to play out and end", at_least=0, at_most=600)
    on_exit: Literal["stop", "keep"] = setting(
        "stop",
        "keep: workers go on when the orchestrator ends, and are found again",
        choices=("stop", "keep"),
    )
    log_most_mb: int = setting(16, "megabytes of a worker's log kept, at most", at_least=1, at_most=10_000)
    log_level: str = setting("info", "how much to log", choices=("debug", "info", "warning", "error"))
    log_format: str = setting("json", "how to log", choices=("json", "text"))

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("INGEST_PATH", lambda: IngestPath(self.ingest_path))
        _check("INGEST_URL", lambda: _check_template(self.ingest_url, input_kind))
        _check("OUTPUT_URL", lambda: _check_template(self.output_url, output_kind))
        _check("STS_SERVICE_URL", lambda: check_service(self.sts_service_url))
        if self.mediamtx_api is not None:
            api = self.mediamtx_api
            _check("MEDIAMTX_API", lambda: _check_api(api))
        _check("ALLOW_INPUTS", lambda: Allowed(self.allow_inputs))
        _check("ALLOW_OUTPUTS", lambda: Allowed(self.allow_outputs))
        _check("SOURCE_LANGUAGE", lambda: check_language(self.source_language))
        _check("TARGET_LANGUAGE", lambda: check_language(self.target_language))
        _check("VOICE", lambda: check_voice(self.voice))
        if self.token is None and not self.is_loopback:
            raise SettingError(f"LIVEDUB_TOKEN: required, for {self.host} can be reached from other machines")

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"

    def input_of(self, stream_id: str) -> str:
        return self.ingest_url.replace(PLACE, stream_id)

    def output_of(self, stream_id: str) -> str:
        return self.output_url.replace(PLACE, stream_id)


def load(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> OrchestratorSettings:
    """From the command line and the environment. Raises `SettingsWrong`; `--help` prints and exits."""
    try:
        return OrchestratorSettings.load(
            arguments, environ, prog=PROG, description=DESCRIPTION, examples=EXAMPLES
        )
    except SettingError as error:
        raise SettingsWrong(str(error)) from None


def _check(name: str, check: Callable[[], object]) -> None:
    try:
        check()
    except (ValueError, Refused) as error:
        raise SettingError(f"LIVEDUB_{name}: {error}") from None


def _check_template(url: str, kind: Callable[[str], str]) -> None:
    if url.count(PLACE) != 1:
        raise ValueError(f"a URL with {PLACE} in it, once, is needed")
    if kind(url.replace(PLACE, "id")) in ("file", "hls") and "://" not in url:
        raise ValueError("a media server's URL is needed")


def _check_api(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("an http(s):// URL is needed")
    check_service(url)
