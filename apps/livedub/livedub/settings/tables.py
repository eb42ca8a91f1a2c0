"""The rows. A name means the same in every verb that has it."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from media_service.orchestrator.settings import OrchestratorSettings
from service_kit.settings import SettingError, Settings, required, setting

FILE = "livedub.toml"


@dataclass(frozen=True, kw_only=True)
class CommonSettings(Settings):
    """Of every verb."""

    PREFIX: ClassVar[str] = "LIVEDUB_"

    config: str | None = setting(None, f"settings file; unset: {FILE} in this folder, if there is one")
    json: bool = setting(False, "the result as JSON on standard output, for a machine")


@dataclass(frozen=True, kw_only=True)
class LanguageSettings(CommonSettings):
    source_language: str = setting("en", "language spoken in the input", name="from")


@dataclass(frozen=True, kw_only=True)
class DubbingSettings(LanguageSettings):
    """Of the verbs that dub."""

    voice: str = setting("default", "voice of the dub, by the speech service's name for it")
    mix: Literal["duck", "replace"] = setting(
        "duck", "duck: the original stays underneath the dub", choices=("duck", "replace")
    )
    cut: Literal["pause", "fixed"] = setting(
        "pause", "where the sound is cut: at pauses or at equal lengths", choices=("pause", "fixed")
    )
    fragment_s: float = setting(
        6.0, "seconds of a fragment, at most when cut at pauses", at_least=0.1, at_most=30
    )
    budget_ms: int = setting(
        3000,
        "milliseconds the speech service has after a fragment's end; the delay is this and fragment_s",
        at_least=0,
        at_most=120_000,
    )
    sts: str | None = setting(None, "URL of a speech service; unset: one is started", secret=True)
    sts_key: str | None = setting(None, "token that this service wants", secret=True)
    log: str | None = setting(
        None,
        "file that receives the log; unset: dub keeps it only where something fails, serve in state_dir",
    )


@dataclass(frozen=True, kw_only=True)
class DubSettings(DubbingSettings):
    """Of `livedub dub`."""

    input: str = required("rtmp://, rtsp://, srt://, http(s)://...m3u8 or a file", secret=True)
    output: str = required(
        "rtmp://, rtsp://, srt://, a directory (HLS; ends in /) or a .mp4, .mkv, .ts or .flv file",
        secret=True,
    )
    target_language: str = required("language to dub into, such as es or es-419", name="to")
    overwrite: bool = setting(False, "write over an output file that is there already")
    realtime: bool = setting(False, "dub a file at the pace at which it plays, as if it were live")
    captions: str | None = setting(None, "file that receives the translation as WebVTT")
    transcript: str | None = setting(None, "file that receives what was said and its translation as JSON")


@dataclass(frozen=True, kw_only=True)
class DoctorSettings(LanguageSettings):
    """Of `livedub doctor`."""

    target_language: str = setting("es", "language to dub into, such as es or es-419", name="to")


@dataclass(frozen=True, kw_only=True)
class ModelsSettings(CommonSettings):
    """Of `livedub models`."""

    model: str = required("a Whisper size such as medium, a hub's name such as owner/model, or a folder")
    into: str | None = setting(None, "folder to put the model into (MODEL_PATH); unset: the hub's cache")


def is_key(row: "dataclasses.Field[Any]") -> bool:
    """All of it is secret, where of a URL only a part is."""
    return row.metadata["secret"] and row.name.rpartition("_")[2] in ("key", "token")


def _of_orchestrator(name: str) -> Any:
    """The same row as the orchestrator has."""
    (row,) = (row for row in dataclasses.fields(OrchestratorSettings) if row.name == name)
    return dataclasses.field(default=row.default, repr=row.repr, metadata=row.metadata)


@dataclass(frozen=True, kw_only=True)
class ServeSettings(DubbingSettings):
    """Of `livedub serve`."""

    target_language: str = setting("es", "language to dub into, such as es or es-419", name="to")
    host: str = _of_orchestrator("host")
    port: int = _of_orchestrator("port")
    token: str | None = _of_orchestrator("token")
    hook_token: str | None = _of_orchestrator("hook_token")
    state_dir: str = _of_orchestrator("state_dir")
    previews: bool = _of_orchestrator("previews")
    ingest_path: str = _of_orchestrator("ingest_path")
    ingest_url: str = _of_orchestrator("ingest_url")
    output_url: str = _of_orchestrator("output_url")
    mediamtx_api: str | None = _of_orchestrator("mediamtx_api")
    allow_inputs: str = _of_orchestrator("allow_inputs")
    allow_outputs: str = _of_orchestrator("allow_outputs")
    grace_s: float = _of_orchestrator("grace_s")
    max_streams: int = _of_orchestrator("max_streams")
    stop_s: float = _of_orchestrator("stop_s")
    on_exit: Literal["stop", "keep"] = _of_orchestrator("on_exit")
    log_most_mb: int = _of_orchestrator("log_most_mb")
    log_level: str = _of_orchestrator("log_level")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.on_exit == "keep" and self.sts is None:
            # The workers that go on would have nobody to ask.
            raise SettingError("LIVEDUB_ON_EXIT: keep needs a speech service that stays: set sts")


@dataclass(frozen=True, kw_only=True)
class DemoSettings(CommonSettings):
    """Of `livedub demo`."""

    port: int = _of_orchestrator("port")
    rtmp_port: int = setting(1935, "port of the demo's own media server", at_least=1, at_most=65535)
    headless: bool = setting(False, "without a page to look at: goes on air, checks itself, and ends")
    on_air_s: float = setting(60.0, "seconds on air of a headless demo", at_least=15, at_most=3600)


TABLES: Mapping[str, type[CommonSettings]] = {
    "dub": DubSettings,
    "serve": ServeSettings,
    "demo": DemoSettings,
    "doctor": DoctorSettings,
    "engines": CommonSettings,
    "models pull": ModelsSettings,
    "config show": CommonSettings,
}
"""By verb; `sts`, `echo` and `bench` hand their flags over."""
