"""Pictures that belong elsewhere beside their sound, which shows only after they have come.

While they wait for their time nothing has happened yet, and the whole shift is made at once. Those that are
about to leave when it becomes known follow it slowly, so that no time goes back.
"""

from dataclasses import dataclass, field

SLEW = 4
"""Of the time from one picture to the next, a shift may take this part."""
DEAD_BAND_NS = 1_000_000
"""Reports differ by their rounding."""
APART_NS = 1_000_000
"""A connection's first picture is at least this much after the last one of the connection before it."""


@dataclass
class Shift:
    """Owned by the tick. Nanoseconds of media time, by connection of the source, counted up."""

    _wanted: dict[int, int] = field(default_factory=dict)
    _connection: int = 0
    """The one of the latest picture that has left."""
    _now_ns: int = 0
    _last_ns: int | None = None
    """When the latest picture was to be decoded, without its shift."""

    def tell(self, connection: int, shift_ns: int) -> None:
        """So much is to be added to the times of this connection's pictures."""
        if abs(shift_ns - self.wanted(connection)) > DEAD_BAND_NS:
            self._wanted = {known: ns for known, ns in self._wanted.items() if known >= self._connection}
            self._wanted[connection] = shift_ns

    def wanted(self, connection: int) -> int:
        return self._wanted.get(connection, 0)

    def at(self, connection: int) -> int:
        """What a picture that left now would begin from."""
        return self._now_ns if connection == self._connection else self.wanted(connection)

    def leaving(self, connection: int, decode_ns: int) -> int:
        """For the picture that leaves next, by its unshifted decoding time."""
        if self._last_ns is None:
            self._now_ns = self.wanted(connection)
        elif connection != self._connection:
            left_ns = self._last_ns + self._now_ns
            self._now_ns = max(self.wanted(connection), left_ns + APART_NS - decode_ns)
        else:
            owed = self.wanted(connection) - self._now_ns
            step = max(0, decode_ns - self._last_ns) // SLEW
            self._now_ns += max(-step, min(step, owed))
        self._connection, self._last_ns = connection, decode_ns
        return self._now_ns
