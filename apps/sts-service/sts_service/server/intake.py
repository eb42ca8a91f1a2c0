"""What a client's event means: an event in, the session's effects out."""

import logging
from typing import TYPE_CHECKING
from uuid import uuid4

from dubbing_protocol import (
    TO_SERVER,
    ErrorCode,
    ErrorSimulation,
    ErrorSimulationAck,
    FragmentData,
    FragmentSkip,
    StreamEnd,
    StreamInit,
    StreamPause,
    StreamResume,
    field_errors,
)
from pydantic import ValidationError
from service_kit.logs import named

from sts_service.server.effects import Effect, Send
from sts_service.server.errors import claimed_ids, error_event
from sts_service.server.gateway import Peer
from sts_service.server.packets import ClientEvent, Malformed
from sts_service.server.processor import SimulationUnsupported, StreamProcessor, StreamRefused
from sts_service.server.session import Session

if TYPE_CHECKING:
    from sts_service.server.connection import Connection
    from sts_service.server.hub import Hub

log = logging.getLogger(__name__)


class Intake:
    """Reads one connection's events; opens its session and holds it."""

    def __init__(self, peer: Peer, hub: "Hub", connection: "Connection") -> None:
        self.session: Session | None = None
        self.stream: StreamProcessor | None = None
        self._peer = peer
        self._hub = hub
        self._control = connection

    def decide(self, event: ClientEvent | Malformed, now: float) -> list[Effect]:
        session = self.session
        if isinstance(event, ClientEvent) and event.name == "stream:init":
            return self._init(event.arguments)
        if session is None:
            return [Send(error_event(ErrorCode.STREAM_NOT_FOUND, "no stream:init on this connection yet"))]
        if isinstance(event, Malformed):
            return [session.error(ErrorCode.INVALID_PAYLOAD, event.problem)]
        model = TO_SERVER.get(event.name)
        if model is None:
            return [
                session.error(ErrorCode.INVALID_PAYLOAD, "no such event", metadata={"event": event.name[:64]})
            ]
        payload = event.arguments[0] if event.arguments else None
        refusal = self._wrong_stream(session, event.name, payload)
        if refusal:
            return [refusal]
        try:
            if len(event.arguments) != 1:
                raise _NotOnePayload
            message = model.from_wire(payload)
        except (_NotOnePayload, ValidationError) as error:
            return self._malformed(session, event, error)
        match message:
            case FragmentData():
                return session.fragment(message, now)
            case FragmentSkip():
                return session.skip(message, now)
            case ErrorSimulation():
                return [self._simulate(message)]
            case StreamPause():
                return session.pause()
            case StreamResume():
                return session.resume()
            case StreamEnd():
                return session.end()
        return []  # fragment:ack: nothing waits for it

    def _wrong_stream(self, session: Session, event: str, payload: object) -> Send | None:
        stream_id = payload.get("stream_id") if isinstance(payload, dict) else None
        late_but_welcome = event == "fragment:ack" or (event == "fragment:skip" and session.inflight > 0)
        if isinstance(stream_id, str) and stream_id != session.stream_id:
            message = "this connection holds another stream"
        elif not session.accepts_events and not late_but_welcome:
            message = "the stream has ended"
        else:
            return None
        return session.error(ErrorCode.STREAM_NOT_FOUND, message, claimed_ids(payload).get("fragment_id"))

    def _malformed(
        self, session: Session, event: ClientEvent, error: "_NotOnePayload | ValidationError"
    ) -> list[Effect]:
        errors = _field_errors(error)
        if event.name == "config:error_simulation":
            count = self.stream.simulated_rules if self.stream else 0
            problem = f"{errors[0]['field']}: {errors[0]['problem']}"
            return [Send(ErrorSimulationAck(status="error", rules_count=count, error_message=problem))]
        fragment_id = claimed_ids(event.arguments[0] if event.arguments else None).get("fragment_id")
        message = f"{event.name} is malformed: {errors[0]['field']}: {errors[0]['problem']}"
        return [session.error(ErrorCode.INVALID_PAYLOAD, message, fragment_id, {"errors": errors})]

    def _init(self, arguments: list[object]) -> list[Effect]:
        ids = claimed_ids(arguments[0] if arguments else None)
        stream_id = ids.get("stream_id")
        if self.session:
            return [_refused(ErrorCode.INVALID_CONFIG, "this connection has a stream", stream_id, None)]
        try:
            if len(arguments) != 1:
                raise _NotOnePayload
            init = StreamInit.from_wire(arguments[0])
            self._check_headers(init)
            holder = self._hub.holder(init.stream_id)
            if holder and holder.worker_id != init.worker_id:
                raise StreamRefused("another worker holds this stream", field="worker_id")
            self.stream = self._hub.processor.open(init, self._control)
        except (_NotOnePayload, ValidationError) as error:
            self._hub.metrics.refused(ErrorCode.INVALID_CONFIG)
            errors = _field_errors(error)
            message = f"stream:init is malformed: {errors[0]['field']}: {errors[0]['problem']}"
            return [_refused(ErrorCode.INVALID_CONFIG, message, stream_id, errors)]
        except StreamRefused as refused:
            self._hub.metrics.refused(refused.code)
            named_field = [{"field": refused.field, "problem": str(refused)}] if refused.field else None
            return [_refused(refused.code, str(refused), stream_id, named_field)]
        self.session = Session(init, self._hub.settings.limits, self._hub.load, str(uuid4()))
        self._hub.take(init.stream_id, self._control)
        extra = named(
            stream_id=init.stream_id,
            session_id=self.session.session_id,
            worker_id=init.worker_id,
            took_over=holder is not None,
        )
        log.info("stream opened", extra=extra)
        return self.session.open(batch_processing=self._hub.processor.batch_processing)

    def _check_headers(self, init: StreamInit) -> None:
        for header, given, field in (
            ("X-Stream-ID", self._peer.stream_header, init.stream_id),
            ("X-Worker-ID", self._peer.worker_header, init.worker_id),
        ):
            if given is not None and given != field:
                name = header[2:].lower().replace("-", "_")
                raise StreamRefused(f"differs from the header {header}", field=name)

    def _simulate(self, simulation: ErrorSimulation) -> Send:
        assert self.stream is not None
        try:
            count = self.stream.simulate(simulation)
        except SimulationUnsupported as error:
            return Send(ErrorSimulationAck(status="error", rules_count=0, error_message=str(error)))
        return Send(ErrorSimulationAck(status="configured", rules_count=count))


class _NotOnePayload(Exception):
    """An event has exactly one payload."""


def _field_errors(error: "_NotOnePayload | ValidationError") -> list[dict[str, str]]:
    if isinstance(error, ValidationError):
        return field_errors(error)
    return [{"field": "(payload)", "problem": "exactly one payload is needed"}]


def _refused(
    code: ErrorCode, message: str, stream_id: str | None, errors: list[dict[str, str]] | None
) -> Send:
    return Send(
        error_event(code, message, stream_id=stream_id, metadata={"errors": errors} if errors else None)
    )
