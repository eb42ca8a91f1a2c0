"""The states of a session, and which may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class SessionState(StrEnum):
    """Where a connection's session stands."""

    CONNECTED = "connected"
    """No `stream:init` yet."""
    ACTIVE = "active"
    PAUSED = "paused"
    ENDING = "ending"
    """`stream:end` came; what is in flight is being delivered."""
    COMPLETED = "completed"
    """`stream:complete` is sent."""
    CLOSED = "closed"


TRANSITIONS: Mapping[SessionState, frozenset[SessionState]] = MappingProxyType(
    {
        SessionState.CONNECTED: frozenset({SessionState.ACTIVE, SessionState.CLOSED}),
        SessionState.ACTIVE: frozenset({SessionState.PAUSED, SessionState.ENDING, SessionState.CLOSED}),
        SessionState.PAUSED: frozenset({SessionState.ACTIVE, SessionState.ENDING, SessionState.CLOSED}),
        SessionState.ENDING: frozenset({SessionState.COMPLETED, SessionState.CLOSED}),
        SessionState.COMPLETED: frozenset({SessionState.CLOSED}),
        SessionState.CLOSED: frozenset(),
    }
)
