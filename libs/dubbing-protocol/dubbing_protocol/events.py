"""Which event carries which message, in which direction."""

from collections.abc import Mapping
from types import MappingProxyType

from dubbing_protocol.errors import ErrorEvent
from dubbing_protocol.flow import Backpressure
from dubbing_protocol.fragment import FragmentAck, FragmentData, FragmentProcessed, FragmentSkip, ResultAck
from dubbing_protocol.model import Message
from dubbing_protocol.simulation import ErrorSimulation, ErrorSimulationAck
from dubbing_protocol.stream import (
    StreamClosed,
    StreamComplete,
    StreamEnd,
    StreamInit,
    StreamPause,
    StreamReady,
    StreamResume,
)

TO_SERVER: Mapping[str, type[Message]] = MappingProxyType(
    {
        "stream:init": StreamInit,
        "stream:pause": StreamPause,
        "stream:resume": StreamResume,
        "stream:end": StreamEnd,
        "fragment:data": FragmentData,
        "fragment:ack": ResultAck,
        "fragment:skip": FragmentSkip,
        "config:error_simulation": ErrorSimulation,
    }
)

TO_WORKER: Mapping[str, type[Message]] = MappingProxyType(
    {
        "stream:ready": StreamReady,
        "stream:complete": StreamComplete,
        "stream:closed": StreamClosed,
        "fragment:ack": FragmentAck,
        "fragment:processed": FragmentProcessed,
        "backpressure": Backpressure,
        "error": ErrorEvent,
        "config:error_simulation:ack": ErrorSimulationAck,
    }
)

EVENT_OF: Mapping[type[Message], str] = MappingProxyType({model: event for event, model in TO_WORKER.items()})
"""The event name under which the server sends a message."""
