"""The server's end of the socket to an engine process. Nothing of it blocks the loop."""

import asyncio
import contextlib
import socket
from typing import Any

from sts_service.engines.host.messages import Request
from sts_service.engines.host.wire import LinkBroken, incoming, pack, unpack_welcome


class Link:
    """One request and its reply after the other; who gives up in the middle must end the process."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock

    async def exchange(self, request: Request) -> Any:
        """The reply. Raises `Unsendable` (nothing was sent), `Unwelcome`, `LinkBroken`."""
        await self.send(request)
        loop = asyncio.get_running_loop()
        steps = incoming()
        try:
            view = next(steps)
            while True:
                filled = await loop.sock_recv_into(self._socket, view)
                if not filled:
                    raise LinkBroken("the process has closed the connection")
                view = view[filled:] if filled < len(view) else next(steps)
        except StopIteration as whole:
            return unpack_welcome(whole.value)
        except OSError as error:
            raise LinkBroken(f"the connection failed: {error.strerror}") from error

    async def send(self, request: Request) -> None:
        """Raises `Unsendable`, `LinkBroken`."""
        parts = pack(request)
        loop = asyncio.get_running_loop()
        try:
            for part in parts:
                await loop.sock_sendall(self._socket, part)
        except OSError as error:
            raise LinkBroken(f"the connection failed: {error.strerror}") from error

    def hang_up(self) -> None:
        """Ends an exchange that waits, even if the other end is kept open by what the process had started."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No exchange is running."""
        self._socket.close()
