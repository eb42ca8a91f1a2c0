"""The rows. A name means the same in every verb that has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from service_kit.settings import Settings, required, setting

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
class DubSettings(LanguageSettings):
    """Of `livedub dub`."""

    input: str = required("rtmp://, rtsp://, srt://, http(s)://...m3u8 or a file", secret=True)
    output: str = required(
        "rtmp://, rtsp://, srt://, a directory (HLS; ends in /) or a .mp4, .mkv, .ts or .flv file",
        secret=True,
    )
    target_language: str = required("language to dub into, such as es or es-419", name="to")
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
    realtime: bool = setting(False, "dub a file at the pace at which it plays, as if it were live")
    sts: str | None = setting(None, "URL of a speech service; unset: one is started", secret=True)
    sts_key: str | None = setting(None, "token that this service wants", secret=True)
    captions: str | None = setting(None, "file that receives the translation as WebVTT")
    transcript: str | None = setting(None, "file that receives what was said and its translation as JSON")
    log: str | None = setting(
        None, "file that receives the log; unset: it is kept only where something fails"
    )


@dataclass(frozen=True, kw_only=True)
class DoctorSettings(LanguageSettings):
    """Of `livedub doctor`."""

    target_language: str = setting("es", "language to dub into, such as es or es-419", name="to")


@dataclass(frozen=True, kw_only=True)
class ModelsSettings(CommonSettings):
    """Of `livedub models`."""

    model: str = required("a Whisper size such as medium, a hub's name such as owner/model, or a folder")
    into: str | None = setting(None, "folder to put the model into (MODEL_PATH); unset: the hub's cache")


TABLES: Mapping[str, type[CommonSettings]] = {
    "dub": DubSettings,
    "doctor": DoctorSettings,
    "engines": CommonSettings,
    "models pull": ModelsSettings,
    "config show": CommonSettings,
}
"""By verb; `sts`, `echo` and `bench` hand their flags over."""
