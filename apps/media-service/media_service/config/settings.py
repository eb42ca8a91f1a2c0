"""The worker's table of settings."""

import hashlib
import os
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from service_kit import tracing
from service_kit.settings import SettingError, Settings, required, setting

from media_service.config import checks
from media_service.config.places import InputKind, OutputKind, free_path, input_kind, local_path, output_kind
from media_service.config.reach import INTERNAL
from media_service.config.urls import concealer
from media_service.errors import SettingsWrong

PROG = "python -m media_service.worker"
DESCRIPTION = (
    "Takes one live stream in and sends the same stream out dubbed: the picture copied, the sound in time."
)
EXAMPLES = (
    f"{PROG} --stream-id match-1 --input-url rtmp://127.0.0.1/live/in --output-url rtmp://127.0.0.1/live/out "
    "--sts-service-url http://127.0.0.1:8000 --source-language en --target-language es",
    f"{PROG} --stream-id talk --input-url talk.mp4 --output-url talk-out.mp4 "
    "--sts-mode passthrough --realtime=false",
)

_SECOND_NS = 1_000_000_000
_MS_NS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(Settings):
    """Everything that a worker can be told. A URL may hold a key, so none is ever shown as it is."""

    PREFIX: ClassVar[str] = "WORKER_"

    stream_id: str = required("names the stream: letters, digits, _ and -, at most 64")
    worker_id: str | None = setting(
        None, "names the worker to the speech service; by default host name and stream id"
    )
    input_url: str = required("rtsp://, rtmp://, srt://, http(s)://...m3u8 or a file", secret=True)
    output_url: str = required(
        "rtmp://, rtsp://, srt://, a directory (HLS; ends in /) or a .mp4, .mkv, .ts or .flv file",
        secret=True,
    )
    output_exists: Literal["keep", "overwrite", "refuse"] = setting(
        "keep",
        "an output file that is there already; keep: it stays, and NAME-2 is written",
        choices=("keep", "overwrite", "refuse"),
    )
    realtime: bool = setting(True, "pace an input file in real time; false: as fast as possible")
    rtsp_latency_ms: int = setting(
        200, "milliseconds an RTSP input is buffered against jitter", at_least=0, at_most=10_000
    )
    source_grace_s: float = setting(
        25.0, "seconds to wait for a source that dropped", at_least=0, at_most=86_400
    )

    input_internal: Literal["same-host", "any", "none"] = setting(
        "same-host",
        "internal addresses that an HLS or RTSP input may lead to by a playlist or a redirect",
        choices=INTERNAL,
    )

    sts_mode: Literal["enabled", "passthrough"] = setting(
        "enabled", "passthrough: the original sound, no speech service", choices=("enabled", "passthrough")
    )
    sts_service_url: str | None = setting(
        None, "where the speech service listens; needed unless passthrough", secret=True
    )
    sts_api_key: str | None = setting(None, "token that the speech service wants", secret=True)
    source_language: str | None = setting(
        None, "language spoken in the source (en); needed unless passthrough"
    )
    target_language: str | None = setting(None, "language to dub into (es-419); needed unless passthrough")
    voice_profile: str = setting("default", "voice of the dub, by the service's name for it")
    domain: str = setting("general", "hint at the vocabulary: general, sports, news")
    sts_timeout_ms: int = setting(
        8000, "milliseconds to wait for a fragment's answer", at_least=1000, at_most=30_000
    )
    sts_give_up: Literal["never", "exit"] = setting(
        "never", "exit: end with 30 after the fifth failed reconnection", choices=("never", "exit")
    )
    max_inflight: int = setting(3, "fragments sent and not yet answered, at most", at_least=1, at_most=10)

    segment_mode: Literal["fixed", "pause"] = setting(
        "fixed", "where the sound is cut: at equal lengths or at pauses", choices=("fixed", "pause")
    )
    segment_duration: float = setting(
        6.0, "seconds of a fragment, at most when cut at pauses", at_least=0.1, at_most=30
    )
    segment_min: float = setting(
        2.0, "seconds of a fragment, at least, when cut at pauses", at_least=0.1, at_most=30
    )
    av_offset_ms: int = setting(
        6000, "milliseconds the speech service has after a fragment's end", at_least=0, at_most=120_000
    )
    av_offset_auto: bool = setting(False, "raise av_offset_ms where too many dubs come late")

    mix: Literal["replace", "duck"] = setting(
        "replace", "duck: the original stays underneath the dub", choices=("replace", "duck")
    )
    duck_db: float = setting(18.0, "decibels by which the original is lowered", at_least=0, at_most=60)
    no_speech: Literal["original", "silence"] = setting(
        "original", "what a fragment without speech plays under replace", choices=("original", "silence")
    )

    segment_dir: str | None = setting(None, "folder that receives the source's segments as files")
    segment_keep_count: int = setting(
        600, "segments kept as files; 0: no limit", at_least=0, at_most=1_000_000
    )
    segment_keep_hours: float = setting(
        24.0, "hours a segment's files are kept; 0: no limit", at_least=0, at_most=87_600
    )

    preview_dir: str | None = setting(
        None, "folder that receives a preview of input and output, as HLS; none where realtime is false"
    )

    succeeds: str | None = setting(
        None, "http://host:port of the worker whose output this one takes over without a gap", secret=True
    )
    succeeds_token: str | None = setting(
        None, "that worker's control_token; by default this one's own", secret=True
    )

    metrics_port: int = setting(
        0, "port of health, metrics and control; 0 picks a free one", at_least=0, at_most=65535
    )
    metrics_host: str = setting("127.0.0.1", "address of that port")
    control_token: str | None = setting(
        None, "bearer token of that port; needed where metrics_host is not loopback", secret=True
    )
    log_level: str = setting("info", "how much to log", choices=("debug", "info", "warning", "error"))
    log_format: str = setting("json", "how to log", choices=("json", "text"))
    trace_endpoint: str | None = tracing.endpoint_row()
    trace_ratio: float = tracing.ratio_row()

    def __post_init__(self) -> None:
        super().__post_init__()
        tracing.check("WORKER_TRACE_ENDPOINT", self.trace_endpoint)
        checks.check_places(self)
        checks.check_protocol(self)
        checks.check_together(self)

    @property
    def instance_id(self) -> str:
        """`worker_id`, or one that stays the same over restarts on this host."""
        if self.worker_id is not None:
            return self.worker_id
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", f"{socket.gethostname()}-{self.stream_id}").strip("-")
        if len(name) <= 64:
            return name
        return f"{name[:55]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"

    @property
    def is_dubbing(self) -> bool:
        return self.sts_mode == "enabled"

    @property
    def input_kind(self) -> InputKind:
        return input_kind(self.input_url)

    @property
    def output_kind(self) -> OutputKind:
        return output_kind(self.output_url)

    def with_free_output(self) -> Self:
        """What is there already is kept where that is wanted: the output has a name of its own then."""
        if self.output_exists != "keep" or self.output_kind != "file":
            return self
        given = local_path(self.output_url)
        free = free_path(given)
        return self if free == given else replace(self, output_url=str(free))

    @property
    def segment_ns(self) -> int:
        return round(self.segment_duration * _SECOND_NS)

    @property
    def segment_min_ns(self) -> int:
        return round(self.segment_min * _SECOND_NS)

    @property
    def av_offset_ns(self) -> int:
        return self.av_offset_ms * _MS_NS

    @property
    def delay_ns(self) -> int:
        """How much later everything leaves than it came: the longest fragment, and the service's budget."""
        return self.segment_ns + self.av_offset_ns

    @property
    def conceal(self) -> Callable[[str], str]:
        """Takes every secret of these settings out of a text; made anew each time, so keep it."""
        places = (
            self.input_url,
            self.output_url,
            self.sts_service_url,
            self.succeeds,
            self.trace_endpoint,
        )
        urls = [url for url in places if url]
        words = [word for word in (self.sts_api_key, self.control_token, self.succeeds_token) if word]
        # A stream may be named like its key; the name is in every line, and no secret.
        return concealer(urls, words, public=(self.stream_id, self.instance_id))


def load(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> WorkerSettings:
    """From the command line and the environment. Raises `SettingsWrong`; `--help` prints and exits."""
    try:
        settings = WorkerSettings.load(
            arguments, environ, prog=PROG, description=DESCRIPTION, examples=EXAMPLES
        )
        checks.check_disk(settings)
    except SettingError as error:
        raise SettingsWrong(str(error)) from None
    return settings
