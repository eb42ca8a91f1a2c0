"""What the server and an engine process say to each other."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from dubbing_protocol import ErrorCode

from sts_service.engines.settings import EngineSettings


@dataclass(frozen=True, slots=True)
class Begin:
    """The first message to the process."""

    path: tuple[str, ...]
    """Where Python looks for modules; it must be in force before `spec` is read."""
    spec: bytes
    settings: EngineSettings = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    arguments: tuple[Any, ...] = ()
    named: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Close:
    """No call comes any more."""


Request: TypeAlias = Begin | Call | Close


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine is made."""


@dataclass(frozen=True, slots=True)
class Unable:
    """The engine could not be made; then the process ends."""

    why: str


@dataclass(frozen=True, slots=True)
class Value:
    """What a call has given."""

    value: Any
    held_bytes: int
    """Memory of the process after the call."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call gave nothing; see `EngineError`."""

    code: ErrorCode
    message: str
    retryable: bool
    held_bytes: int
    frames: str | None = None
    """Where it was raised, for the log, if it was not raised as an `EngineError`. Without the exception's own
    text, which may quote speech.
    """


Reply: TypeAlias = Ready | Unable | Value | Failure
