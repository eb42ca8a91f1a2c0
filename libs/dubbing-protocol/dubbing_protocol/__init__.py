"""The fragment protocol: the contract between a media worker and a speech-to-speech service.

Messages, error codes, states and how audio travels; no sockets and no server library in here. Both halves of
the system import it, and nothing in it imports them. `docs/protocol.md` tells the story around the messages.
"""

from dubbing_protocol.errors import ERRORS, Blame, ErrorCode, ErrorEvent, ErrorKind, Severity, field_errors
from dubbing_protocol.events import EVENT_OF, TO_SERVER, TO_WORKER
from dubbing_protocol.flow import ACTIONS, DELAYS_MS, Backpressure
from dubbing_protocol.fragment import (
    Audio,
    FragmentAck,
    FragmentData,
    FragmentError,
    FragmentMetadata,
    FragmentProcessed,
    FragmentSkip,
    Outcome,
    ResultAck,
    ResultMetadata,
    Segment,
    StageTimings,
)
from dubbing_protocol.model import Message, PressureAction, PressureSeverity
from dubbing_protocol.payload import UnreadableAudio, audio_bytes, make_audio
from dubbing_protocol.simulation import ErrorSimulation, ErrorSimulationAck, SimulatedPressure, SimulationRule
from dubbing_protocol.states import TRANSITIONS, SessionState
from dubbing_protocol.stream import (
    PROTOCOL_VERSION,
    Capabilities,
    CloseReason,
    StreamClosed,
    StreamComplete,
    StreamConfig,
    StreamEnd,
    StreamInit,
    StreamPause,
    StreamReady,
    StreamResume,
    StreamStatistics,
)

__all__ = [
    "ACTIONS",
    "DELAYS_MS",
    "ERRORS",
    "EVENT_OF",
    "PROTOCOL_VERSION",
    "TO_SERVER",
    "TO_WORKER",
    "TRANSITIONS",
    "Audio",
    "Backpressure",
    "Blame",
    "Capabilities",
    "CloseReason",
    "ErrorCode",
    "ErrorEvent",
    "ErrorKind",
    "ErrorSimulation",
    "ErrorSimulationAck",
    "FragmentAck",
    "FragmentData",
    "FragmentError",
    "FragmentMetadata",
    "FragmentProcessed",
    "FragmentSkip",
    "Message",
    "Outcome",
    "PressureAction",
    "PressureSeverity",
    "ResultAck",
    "ResultMetadata",
    "Segment",
    "SessionState",
    "Severity",
    "SimulatedPressure",
    "SimulationRule",
    "StageTimings",
    "StreamClosed",
    "StreamComplete",
    "StreamConfig",
    "StreamEnd",
    "StreamInit",
    "StreamPause",
    "StreamReady",
    "StreamResume",
    "StreamStatistics",
    "UnreadableAudio",
    "audio_bytes",
    "field_errors",
    "make_audio",
]
