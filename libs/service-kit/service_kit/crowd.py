"""Who may hold a connection, and how long somebody may take to ask: for the ports of all services."""

import asyncio
from collections import Counter
from typing import Any

HEADERS_S = 10.0
"""From a connection's beginning, or a request's first byte, to the end of its headers."""
BODY_S = 30.0
"""From there to the end of its body."""
MOST_HEADER_BYTES = 64 * 1024


class Crowd:
    """How many hold a connection, in all and of one address: so that one cannot keep all others out. Pure."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._of.total()

    def let_in(self, address: str) -> bool:
        if len(self) >= self._most or self._of[address] >= self._most_of_one:
            if not self._of[address]:
                del self._of[address]
            return False
        self._of[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._of[address] -= 1
        if self._of[address] <= 0:
            del self._of[address]


def address_of(transport: Any) -> str:
    """Of the other side; empty where it has none."""
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""


class Patience:
    """Stands before uvicorn's HTTP protocol in the order of classes: ends connections that ask for nothing,
    or without an end. A web socket is bounded by whoever serves it.
    """

    crowd: Crowd
    _timer: asyncio.TimerHandle | None = None
    _address: str | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)  # type: ignore[misc]
        address = address_of(transport)
        if not self.crowd.let_in(address):
            transport.abort()
            return
        self._address = address
        self._wait(HEADERS_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._go()
        super().connection_lost(exc)  # type: ignore[misc]

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)  # type: ignore[misc]
        if self._in_head and self._head_bytes > MOST_HEADER_BYTES:
            self.transport.abort()  # type: ignore[attr-defined]

    def on_message_begin(self) -> None:
        self._in_head = True
        self._wait(HEADERS_S)
        super().on_message_begin()  # type: ignore[misc]

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._wait(BODY_S)
        super().on_headers_complete()  # type: ignore[misc]

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        self._calm()
        super().on_message_complete()  # type: ignore[misc]

    def handle_websocket_upgrade(self) -> None:
        self._go()
        super().handle_websocket_upgrade()  # type: ignore[misc]

    def _wait(self, most_s: float) -> None:
        self._calm()
        transport: asyncio.Transport = self.transport  # type: ignore[attr-defined]
        self._timer = asyncio.get_running_loop().call_later(most_s, transport.abort)

    def _calm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go(self) -> None:
        self._calm()
        if self._address is not None:
            self.crowd.leave(self._address)
            self._address = None
