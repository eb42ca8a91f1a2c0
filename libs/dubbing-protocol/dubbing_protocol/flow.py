"""The `backpressure` event, and the numbers of flow control."""

from dubbing_protocol.model import Count, Message, Milliseconds, Name, PressureAction, PressureSeverity

ACTIONS: dict[PressureSeverity, PressureAction] = {"low": "none", "medium": "slow_down", "high": "pause"}
"""What the server asks for at each severity."""

DELAYS_MS: dict[PressureSeverity, int] = {"low": 0, "medium": 500, "high": 1000}
"""Milliseconds to wait before each send."""


class Backpressure(Message):
    """The severity has changed, up or down."""

    stream_id: Name
    severity: PressureSeverity
    action: PressureAction
    """`slow_down`: wait the delay before each send; `pause`: send nothing until it falls."""
    current_inflight: Count
    """Fragments of this stream accepted and not yet delivered."""
    queue_depth: Count
    """Fragments in flight on the whole server."""
    recommended_delay_ms: Milliseconds
    """Milliseconds before each send."""
