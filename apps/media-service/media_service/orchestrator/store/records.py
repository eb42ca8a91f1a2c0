"""What is stored."""

from dataclasses import dataclass
from typing import Literal

from media_service.metrics.worker import Mode

Origin = Literal["hand", "hook"]
Mix = Literal["replace", "duck"]


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream and its settings."""

    stream_id: str
    origin: Origin
    """added by a person, or by a publisher's coming"""
    input_url: str | None
    """fetched from there; None: somebody publishes it to our media server"""
    output_url: str | None
    """None: our media server's output path for it"""
    source_language: str
    target_language: str
    voice: str
    mix: Mix
    forward_urls: tuple[str, ...] = ()
    enabled: bool = True
    """False: stopped by a person, or a fetched source has ended"""
    mode: Mode = "dub"
    """the operator's choice of sound, for the next worker too"""
    source: str | None = None
    """the publisher's session, as last told"""
    created_unix_ms: int
    updated_unix_ms: int

    @property
    def pulls(self) -> bool:
        return self.input_url is not None

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(url for url in (self.input_url, self.output_url, *self.forward_urls) if url)


@dataclass(frozen=True, kw_only=True)
class Action:
    """Something that somebody did."""

    at_unix_ms: int
    who: str
    what: str
    stream_id: str | None = None
    detail: str | None = None
