"""One session over one connection: actions become the protocol's events, its events become inputs."""

import asyncio
from typing import TypeVar

from dubbing_protocol import (
    Backpressure,
    ErrorEvent,
    FragmentSkip,
    Message,
    ResultAck,
    StreamClosed,
    StreamEnd,
    StreamPause,
    StreamReady,
    StreamResume,
)
from dubbing_protocol.errors import ErrorCode
from pydantic import ValidationError
from service_kit.tracing import NO_TRACER, Tracer

from media_service.errors import SpeechServiceFailed
from media_service.sts.actions import Ack, Action, End, Pause, Resume, Send, Skip
from media_service.sts.connection import Broken, Connection, Refused
from media_service.sts.dispatch import Dispatch
from media_service.sts.dub import Dub, Failure
from media_service.sts.exchanges import Exchanges
from media_service.sts.fragment import Stream
from media_service.sts.frames import Event
from media_service.sts.listener import Clock
from media_service.sts.logs import Log
from media_service.sts.messages import (
    MAX_TEXT,
    Unreadable,
    fragment_id_of,
    fragment_message,
    init_of,
    problem,
    read_result,
    unix_ms,
)

M = TypeVar("M", bound=Message)

READY_TIMEOUT_S = 5.0

MAX_COMPLAINTS = 20
"""Lines a session for errors that concern no fragment; a flood of them must not fill the log."""


class Conversation:
    def __init__(
        self,
        connection: Connection,
        stream: Stream,
        dispatch: Dispatch,
        clock: Clock,
        log: Log,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._dispatch = dispatch
        self._clock = clock
        self._log = log
        self._exchanges = Exchanges(tracer)
        self._binary = False
        self._complaints = 0
        self.complete = False
        """`stream:complete` has come."""

    async def open(self) -> StreamReady:
        """Opens the stream; raises `Refused` with the service's reason."""
        self._connection.send("stream:init", init_of(self._stream).to_wire())
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                ready = await self._ready()
        except TimeoutError:
            raise Broken(f"no stream:ready within {READY_TIMEOUT_S:g} s") from None
        self._binary = ready.capabilities.binary_audio
        return ready

    async def _ready(self) -> StreamReady:
        while True:
            event = await self._connection.receive()
            match event.name:
                case "stream:ready":
                    return _read(StreamReady, event)
                case "error":
                    error = _read(ErrorEvent, event)
                    raise Refused(str(error.code), error.message[:MAX_TEXT], retryable=error.retryable)
                case "stream:closed":
                    _closed(_read(StreamClosed, event))

    def tell(self, action: Action) -> list[Action]:
        """Sends what goes to the service; what comes of it at once is returned."""
        match action:
            case Send(fragment, number):
                traceparent = self._exchanges.sent(fragment, number)
                try:
                    message = fragment_message(
                        self._stream, fragment, number, binary=self._binary, traceparent=traceparent
                    )
                except ValidationError as error:
                    self._exchanges.answered(fragment.fragment_id, self._clock(), failed="INVALID_PAYLOAD")
                    failure = Failure(ErrorCode.INVALID_PAYLOAD, problem(error), retryable=False)
                    return self._dispatch.refused(fragment.fragment_id, failure, self._clock())
                self._send("fragment:data", message)
            case Skip(numbers):
                self._exchanges.skipped(numbers)
                skip = FragmentSkip(stream_id=self._stream.stream_id, sequence_numbers=list(numbers))
                self._send("fragment:skip", skip)
            case Ack(fragment_id, status):
                self._send(
                    "fragment:ack", ResultAck(fragment_id=fragment_id, status=status, timestamp=unix_ms())
                )
            case Pause(reason):
                self._send(
                    "stream:pause", StreamPause(stream_id=self._stream.stream_id, reason=reason[:1000])
                )
            case Resume():
                self._send("stream:resume", StreamResume(stream_id=self._stream.stream_id))
            case End():
                self._send("stream:end", StreamEnd(stream_id=self._stream.stream_id))
        return []

    def close(self) -> None:
        """The session is over, or was never opened."""
        self._exchanges.close()

    async def hear(self) -> list[Action]:
        """Waits for the service's next event; what follows from it. Raises when the session is over."""
        event = await self._connection.receive()
        now_ns = self._clock()
        match event.name:
            case "fragment:processed":
                return self._result(event, now_ns)
            case "backpressure":
                pressure = _read(Backpressure, event)
                return self._dispatch.pressure(pressure.action, pressure.recommended_delay_ms, now_ns)
            case "error":
                return self._error(_read(ErrorEvent, event), now_ns)
            case "stream:complete":
                if not self._dispatch.session.ended:
                    raise Broken("the service has ended the stream")
                self.complete = True
                return self._dispatch.completed(now_ns)
            case "stream:closed":
                _closed(_read(StreamClosed, event))
            case "fragment:ack":
                self._log.debug("fragment accepted", fragmentId=fragment_id_of(event.payload))
        return []

    def _result(self, event: Event, now_ns: int) -> list[Action]:
        try:
            result = read_result(self._stream, event.payload)
        except Unreadable as error:
            self._exchanges.answered(error.fragment_id, now_ns, failed="unreadable")
            return self._dispatch.unreadable(error.fragment_id, str(error), now_ns)
        except ValidationError as error:
            raise Broken(f"garbage: {event.name}: {problem(error)}") from None
        if isinstance(result, Dub):
            self._exchanges.answered(result.fragment_id, now_ns)
            return self._dispatch.answered(result, now_ns)
        fragment_id, failure = result
        self._exchanges.answered(fragment_id, now_ns, failed=failure.code)
        return self._dispatch.failed(fragment_id, failure, now_ns)

    def _error(self, error: ErrorEvent, now_ns: int) -> list[Action]:
        message = error.message[:MAX_TEXT]
        if error.code == ErrorCode.STREAM_NOT_FOUND and not self._dispatch.session.ended:
            raise Broken(f"the service has lost the session: {message}")
        if error.fragment_id is not None:
            failure = Failure(str(error.code), message, error.retryable)
            self._exchanges.answered(error.fragment_id, now_ns, failed=failure.code)
            return self._dispatch.refused(error.fragment_id, failure, now_ns)
        self._complaints += 1
        if self._complaints <= MAX_COMPLAINTS:
            self._log.warning("the service complains", code=str(error.code), detail=message)
        return []

    def _send(self, name: str, message: Message) -> None:
        self._connection.send(name, message.to_wire())


def _closed(closed: StreamClosed) -> None:
    if closed.reason == "taken_over":
        raise SpeechServiceFailed("another run of this worker has taken the stream over")
    raise Broken(f"closed by the service: {closed.reason}")


def _read(model: type[M], event: Event) -> M:
    try:
        return model.from_wire(event.payload)
    except ValidationError as error:
        raise Broken(f"garbage: {event.name}: {problem(error)}") from None
