"""A connection that costs its maker next to nothing: one of many."""

import asyncio
import time
from urllib.parse import urlsplit

UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3RyYW5nZXJzdHJhbmdlcg==\r\n\r\n"
)
JOIN = b"\x81\x82\x01\x01\x01\x01\x35\x31"
"""`40`, masked with ones: the namespace handshake."""


ANSWER_WITHIN_S = 10.0


class Stranger:
    def __init__(self, url: str) -> None:
        self._address = urlsplit(url)
        self.asked_at = 0.0
        """When the WebSocket was asked for; seconds of the monotonic clock."""

    async def join(self, after_s: float) -> str:
        """`joined`, `refused` (with its code) or what the web server said; `nothing` after the time-out."""
        await asyncio.sleep(after_s)
        self.asked_at = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._ask()
        except TimeoutError:
            return "nothing"
        except ConnectionResetError:
            return "reset"

    def leave(self) -> None:
        self._writer.transport.abort()

    async def _ask(self) -> str:
        host, port = self._address.hostname, self._address.port
        reader, self._writer = await asyncio.open_connection(host, port)
        self._writer.write(UPGRADE)
        status = await reader.readline()
        while (await reader.readline()).strip():
            pass
        if b"101" not in status:
            return "HTTP " + status[9:12].decode()
        self._writer.write(JOIN)
        heard = b""
        while data := await reader.read(4096):
            heard += data
            if b"40{" in heard:
                return "joined"
            if b"44{" in heard:
                return "refused RATE_LIMIT" if b"RATE_LIMIT" in heard else "refused otherwise"
        return "closed"
