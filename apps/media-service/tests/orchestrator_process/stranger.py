"""Somebody who writes requests by hand: any path, as it is, from any address of this machine."""

import asyncio

from servers.ports import LOCAL


class Stranger:
    def __init__(self, port: int, address: str = LOCAL) -> None:
        self._port = port
        self._address = address

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body."""
        return await self._ask("GET", path, headers or {}, b"")

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        return await self._ask("POST", path, {"Content-Type": "application/json"}, body)

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        told = {
            "Host": f"{LOCAL}:{self._port}",
            "Connection": "close",
            "Content-Length": str(len(body)),
            **headers,
        }
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(LOCAL, self._port, local_addr=(self._address, 0))
            try:
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                answer = await reader.read()
            finally:
                writer.close()
                await writer.wait_closed()
        head, _, rest = answer.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), rest
