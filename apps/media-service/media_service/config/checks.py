"""What one row of the table cannot tell by itself: URLs, the protocol's own rules, rows that need each other.

Each raises `SettingError` with one line that names the setting, and shows no URL unmasked.
"""

import dataclasses
import ipaddress
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dubbing_protocol import StreamConfig, StreamInit
from pydantic import ValidationError
from service_kit.settings import SettingError, variable

from media_service.config.places import (
    check_service,
    input_kind,
    local_path,
    output_kind,
    problem_reading,
    problem_sharing,
    problem_writing_file,
    problem_writing_into,
    same_place,
)
from media_service.config.urls import mask

if TYPE_CHECKING:
    from media_service.config.settings import WorkerSettings

_PROTOCOL_NAMES = {"chunk_duration_ms": "segment_duration", "timeout_ms": "sts_timeout_ms"}
"""Where the protocol's name of a field is not the setting's."""

_WANTED = {
    "stream_id": "letters, digits, _ and -, at most 64",
    "worker_id": "letters, digits, _ and -, at most 64",
    "source_language": "a language tag such as en or es-419",
    "target_language": "a language tag such as en or es-419",
    "voice_profile": "1 to 128 characters",
    "domain": "1 to 64 characters",
}


def check_places(settings: "WorkerSettings") -> None:
    _check_url("WORKER_INPUT_URL", settings.input_url, input_kind)
    _check_url("WORKER_OUTPUT_URL", settings.output_url, output_kind)
    if same_place(settings.input_url, settings.output_url):
        raise SettingError("WORKER_OUTPUT_URL: is the input itself")
    if settings.sts_service_url is not None:
        _check_url("WORKER_STS_SERVICE_URL", settings.sts_service_url, check_service)
    if settings.succeeds is not None:
        _check_url("WORKER_SUCCEEDS", settings.succeeds, check_service)


def check_protocol(settings: "WorkerSettings") -> None:
    """The message that opens a stream is made of settings: it must be one that the service can accept."""
    try:
        StreamInit(
            stream_id=settings.stream_id,
            worker_id=settings.instance_id,
            config=StreamConfig(
                source_language="en" if settings.source_language is None else settings.source_language,
                target_language="en" if settings.target_language is None else settings.target_language,
                voice_profile=settings.voice_profile,
                chunk_duration_ms=round(settings.segment_duration * 1000),
                channels=2,
                domain=settings.domain,
            ),
            max_inflight=settings.max_inflight,
            timeout_ms=settings.sts_timeout_ms,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = str(first["loc"][-1])
        name = _PROTOCOL_NAMES.get(field, field)
        value = getattr(settings, name)
        problem = f"{value!r} is not what the protocol allows: {_WANTED.get(name, first['msg'])}"
        raise SettingError(f"{_variable(settings, name)}: {problem}") from None


def check_together(settings: "WorkerSettings") -> None:
    if settings.is_dubbing:
        for name in ("sts_service_url", "source_language", "target_language"):
            if getattr(settings, name) is None:
                raise SettingError(
                    f"{_variable(settings, name)}: required, unless WORKER_STS_MODE is passthrough"
                )
    if settings.segment_mode == "pause" and settings.segment_min > settings.segment_duration:
        raise SettingError(
            f"WORKER_SEGMENT_MIN: {settings.segment_min} is above WORKER_SEGMENT_DURATION, "
            f"{settings.segment_duration}"
        )
    if not settings.realtime:
        if settings.input_kind != "file":
            raise SettingError("WORKER_REALTIME: only a file can be read faster than in real time")
        if settings.output_kind not in ("file", "hls"):
            raise SettingError("WORKER_REALTIME: only files can be written faster than in real time")
    if settings.succeeds is not None:
        _check_succession(settings)
    if settings.control_token is None and not _is_loopback(settings.metrics_host):
        raise SettingError(
            f"WORKER_CONTROL_TOKEN: required, for {settings.metrics_host} can be reached from other machines"
        )


def _check_succession(settings: "WorkerSettings") -> None:
    problem = problem_sharing(settings.input_url, settings.output_url)
    if problem is not None:
        raise SettingError(f"WORKER_SUCCEEDS: {problem}")


def check_disk(settings: "WorkerSettings") -> None:
    """What the other checks cannot know: the disk as it is now."""
    if settings.input_kind == "file":
        _check_path("WORKER_INPUT_URL", local_path(settings.input_url), problem_reading)
    if settings.output_kind == "file":
        _check_path("WORKER_OUTPUT_URL", local_path(settings.output_url), problem_writing_file)
        if settings.output_exists == "refuse" and local_path(settings.output_url).exists():
            raise SettingError(
                f"WORKER_OUTPUT_URL: {mask(settings.output_url)}: is there already; see WORKER_OUTPUT_EXISTS"
            )
    elif settings.output_kind == "hls":
        _check_path("WORKER_OUTPUT_URL", local_path(settings.output_url), problem_writing_into)
    if settings.segment_dir is not None:
        _check_path("WORKER_SEGMENT_DIR", Path(settings.segment_dir), problem_writing_into)


def _check_url(name: str, url: str, check: Callable[[str], object]) -> None:
    try:
        check(url)
    except ValueError as error:
        raise SettingError(f"{name}: {mask(url)}: {error}") from None


def _check_path(name: str, path: Path, problem: Callable[[Path], str | None]) -> None:
    found = problem(path)
    if found is not None:
        raise SettingError(f"{name}: {mask(str(path))}: {found}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _variable(settings: "WorkerSettings", name: str) -> str:
    (field,) = (field for field in dataclasses.fields(settings) if field.name == name)
    return variable(field, settings.PREFIX)
