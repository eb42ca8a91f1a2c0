"""What the server is given to do with fragments; the server itself knows nothing of speech."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from dubbing_protocol import (
    ERRORS,
    Audio,
    ErrorCode,
    ErrorSimulation,
    FragmentData,
    FragmentError,
    Outcome,
    ResultMetadata,
    SimulatedPressure,
    StageTimings,
    StreamInit,
)
from dubbing_protocol.model import Stage

from sts_service.server.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a fragment."""

    status: Outcome
    dubbed_audio: Audio | None = None
    transcript: str | None = None
    translated_text: str | None = None
    error: FragmentError | None = None
    warnings: list[str] | None = None
    stage_timings: StageTimings | None = None
    metadata: ResultMetadata | None = None
    withheld: bool = False
    """Counted, but never sent: the simulation's lost result."""


def failure(
    code: ErrorCode,
    message: str,
    *,
    stage: Stage | None = None,
    retryable: bool | None = None,
    withheld: bool = False,
) -> Result:
    """A failed result; `retryable` is the code's own unless said otherwise."""
    flag = ERRORS[code].retryable if retryable is None else retryable
    error = FragmentError(code=code, message=message, stage=stage, retryable=flag)
    return Result(status="failed", error=error, withheld=withheld)


class StreamRefused(Exception):
    """The processor cannot serve this stream; becomes the `error` that answers `stream:init`."""

    def __init__(
        self, message: str, *, code: ErrorCode = ErrorCode.INVALID_CONFIG, field: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class SimulationUnsupported(Exception):
    """This processor does not simulate faults."""


class StreamControl(Protocol):
    """What a processor may ask of the server about its own stream."""

    @property
    def session_id(self) -> str | None:
        """For log lines; None until the stream is open."""

    def announce_pressure(self, pressure: SimulatedPressure) -> None:
        """Announces this level, and the true one again after its time."""

    def cut(self) -> None:
        """Drops the connection without a word."""


class StreamProcessor(ABC):
    """Works on one stream's fragments, several at once; a cancelled one is no longer wanted."""

    simulated_rules: int = 0
    """Fault rules in force."""

    @abstractmethod
    async def process(self, fragment: FragmentData) -> Result:
        """Anything it raises becomes a failure of this fragment (MODEL_ERROR)."""

    def simulate(self, simulation: ErrorSimulation) -> int:
        """Puts the rules in force and returns how many there are."""
        raise SimulationUnsupported("only the echo service simulates errors")

    def close(self) -> None:
        """The stream is over; called once, after its work was finished or cancelled."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether work can be done, and by what."""

    ready: bool
    detail: Mapping[str, Any] = field(default_factory=dict)


class Processor(ABC):
    """Opens streams; one for the whole server."""

    batch_processing: bool = False
    """Several fragments of a stream are worked on at once."""

    @abstractmethod
    def open(self, stream: StreamInit, control: StreamControl) -> StreamProcessor:
        """Raises `StreamRefused`."""

    def admits(self, stream_id: str | None) -> bool:
        """False refuses the handshake with AUTH_FAILED."""
        return True

    def readiness(self) -> Readiness:
        return Readiness(ready=True)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Holds what the processor needs for as long as the server lives.

        The server accepts connections once this is entered, so what takes long is begun here, in a task that
        ends with it, and told by `readiness`. No stream is open any more when it is left.
        """
        yield

    def measure(self, metrics: Metrics) -> None:
        """Sets the gauges that only the processor knows; called whenever the metrics are asked for."""
