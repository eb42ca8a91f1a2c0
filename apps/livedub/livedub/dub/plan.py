"""From the settings to what the worker and the speech service are told, as variables. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from media_service.config.places import input_kind, output_kind
from service_kit.settings import SettingError

from livedub.settings import ConfigFile, DubSettings
from livedub.settings.sections import SECTIONS, WORKER_ROWS

PATIENT_MS = "30000"
"""For a fragment of a file, and each stage: nothing is late, so a slow answer is better than none. More than
this the protocol does not know.
"""
_STAGES = ("ASR_TIMEOUT_MS", "TRANSLATION_TIMEOUT_MS", "TTS_TIMEOUT_MS")
_WORKERS_NAME = re.compile(r"\bWORKER_[A-Z_]+\b")


@dataclass(frozen=True)
class Service:
    """Where the speech service is, and its key."""

    url: str
    key: str | None


def is_fast(settings: DubSettings) -> bool:
    """A file into a file needs no clock. Raises `SettingError`."""
    try:
        kinds = input_kind(settings.input), output_kind(settings.output)
    except ValueError:
        # The worker's own check says it better.
        return False
    return kinds == ("file", "file") and not settings.realtime


def worker_variables(
    settings: DubSettings,
    file: ConfigFile,
    environ: Mapping[str, str],
    service: Service,
    *,
    stream_id: str,
    control_token: str,
) -> dict[str, str]:
    """The whole environment of the worker.

    What is not said here stays the person's own variable, or the file's.
    """
    fast = is_fast(settings)
    said = SECTIONS["worker"].variables(file.sections.get("worker", {}), environ)
    patient = (
        {}
        if not fast or environ.get("WORKER_STS_TIMEOUT_MS")
        else {"WORKER_STS_TIMEOUT_MS": said.get("WORKER_STS_TIMEOUT_MS", PATIENT_MS)}
    )
    return {
        **without(environ, "LIVEDUB_"),
        **said,
        **patient,
        "WORKER_STREAM_ID": stream_id,
        "WORKER_INPUT_URL": settings.input,
        "WORKER_OUTPUT_URL": settings.output,
        "WORKER_OUTPUT_EXISTS": "overwrite" if settings.overwrite else "refuse",
        "WORKER_REALTIME": "false" if fast else "true",
        "WORKER_STS_MODE": "enabled",
        "WORKER_STS_SERVICE_URL": service.url,
        "WORKER_STS_API_KEY": service.key or "",
        "WORKER_STS_GIVE_UP": "exit" if fast else "never",
        "WORKER_SOURCE_LANGUAGE": settings.source_language,
        "WORKER_TARGET_LANGUAGE": settings.target_language,
        "WORKER_VOICE_PROFILE": settings.voice,
        "WORKER_SEGMENT_MODE": settings.cut,
        "WORKER_SEGMENT_DURATION": str(settings.fragment_s),
        "WORKER_AV_OFFSET_MS": str(settings.budget_ms),
        "WORKER_MIX": settings.mix,
        "WORKER_METRICS_HOST": "127.0.0.1",
        "WORKER_METRICS_PORT": "0",
        "WORKER_CONTROL_TOKEN": control_token,
        "WORKER_LOG_FORMAT": "json",
    }


def service_variables(
    file: ConfigFile, environ: Mapping[str, str], *, key: str, port: int, fast: bool
) -> dict[str, str]:
    """The whole environment of the embedded speech service, which only we can use."""
    said = SECTIONS["engines"].variables(file.sections.get("engines", {}), environ)
    patient = {name: PATIENT_MS for name in _STAGES if fast and not (environ.get(name) or name in said)}
    return {
        **without(environ, "LIVEDUB_", "WORKER_"),
        **said,
        **patient,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "STS_API_KEY": key,
        "LOG_FORMAT": "json",
    }


def without(environ: Mapping[str, str], *prefixes: str) -> dict[str, str]:
    """Keys and stream keys are nobody's business but whose they are."""
    return {name: value for name, value in environ.items() if not name.startswith(prefixes)}


def in_our_words(message: str) -> str:
    """A complaint of the worker's about a setting, by the name that the setting has here."""
    ours = {f"WORKER_{row}".upper(): name for row, name in WORKER_ROWS.items()}

    def renamed(found: "re.Match[str]") -> str:
        name = ours.get(found[0])
        if name is None:
            return found[0]
        return name.upper() if name in ("input", "output") else f"--{name.replace('_', '-')}"

    return _WORKERS_NAME.sub(renamed, message)


def check(variables: Mapping[str, str]) -> None:
    """What the worker would refuse is refused before anything is started. Raises `SettingError`."""
    from media_service.config import load
    from media_service.errors import SettingsWrong

    try:
        load([], variables)
    except SettingsWrong as wrong:
        raise SettingError(in_our_words(str(wrong))) from None
