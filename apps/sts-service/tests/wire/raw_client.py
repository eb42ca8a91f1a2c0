"""A worker that frames Engine.IO and Socket.IO by hand, so that it can say what no library would let it."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from wire.contract import Payload
from wire.worker import Worker


class RawClient(Worker):
    """Sends any text or bytes; what comes back is read as Socket.IO and recorded."""

    def __init__(self, connection: ClientConnection) -> None:
        super().__init__()
        self.open_packet: Payload = {}
        self.greeting: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """The packet that answers the namespace handshake, as it came."""
        self._connection = connection
        self._awaiting: tuple[Any, int, list[bytes]] | None = None
        self._reader = asyncio.create_task(self._read(), name="raw client reader")

    @property
    def response_headers(self) -> Mapping[str, str]:
        """Of the WebSocket handshake."""
        assert self._connection.response is not None
        return self._connection.response.headers

    async def send_text(self, text: str) -> None:
        """One text frame; a connection that is gone swallows it."""
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(text)

    async def send_bytes(self, data: bytes, *, as_text: bool = False) -> None:
        """One binary frame, or these bytes as if they were text."""
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(data, text=as_text)

    async def handshake(self, auth: str = "") -> str:
        """Join the default namespace with this raw JSON as auth; the packet that answers."""
        await self.send_text("40" + auth)
        async with asyncio.timeout(5):
            return await asyncio.shield(self.greeting)

    async def emit(self, event: str, payload: Any) -> None:
        attachments: list[bytes] = []
        text = json.dumps([event, _detach(payload, attachments)])
        if attachments:
            await self.send_text(f"45{len(attachments)}-{text}")
            for attachment in attachments:
                await self.send_bytes(attachment)
        else:
            await self.send_text("42" + text)

    async def emit_raw(self, event: str, arguments: str) -> None:
        """An event whose arguments are this text, JSON or not."""
        await self.send_text(f"42[{json.dumps(event)}{',' if arguments else ''}{arguments}]")

    async def close(self) -> None:
        async with asyncio.timeout(5):
            await self._connection.close()
            await self._reader

    def cut(self) -> None:
        """As when the network is gone: no goodbye on any layer."""
        self._connection.transport.abort()

    async def _read(self) -> None:
        try:
            async for frame in self._connection:
                await self._hear(frame)
        except ConnectionClosed:
            pass
        finally:
            self.receive_end()

    async def _hear(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._attach(frame)
            return
        match frame[:2]:
            case "42":
                event, *arguments = json.loads(frame[2:])
                self.receive(event, tuple(arguments))
            case "45":
                count, _, text = frame[2:].partition("-")
                self._awaiting = (json.loads(text), int(count), [])
            case "40" | "44":
                if not self.greeting.done():
                    self.greeting.set_result(frame)
            case "41":
                await self._connection.close()
            case _ if frame.startswith("0"):
                self.open_packet = json.loads(frame[1:])
            case _ if frame.startswith("2"):
                await self.send_text("3" + frame[1:])

    def _attach(self, data: bytes) -> None:
        assert self._awaiting is not None, "an attachment that no packet announced"
        packet, count, attachments = self._awaiting
        attachments.append(data)
        if len(attachments) == count:
            self._awaiting = None
            event, *arguments = _attached(packet, attachments)
            self.receive(event, tuple(arguments))


@contextlib.asynccontextmanager
async def raw_connection(
    url: str, headers: Mapping[str, str] | None = None, *, compression: str | None = None
) -> AsyncIterator[RawClient]:
    """An open WebSocket; the namespace is not joined yet."""
    async with connect(
        f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket",
        compression=compression,
        additional_headers=headers,
        max_size=None,
        ping_interval=None,
        proxy=None,
    ) as connection:
        client = RawClient(connection)
        try:
            yield client
        finally:
            await client.close()


@contextlib.asynccontextmanager
async def raw_worker(url: str, headers: Mapping[str, str] | None = None) -> AsyncIterator[RawClient]:
    """A connected worker that has not sent any event yet."""
    async with raw_connection(url, headers) as client:
        greeting = await client.handshake()
        assert greeting.startswith("40"), f"refused: {greeting}"
        yield client


def _detach(value: Any, attachments: list[bytes]) -> Any:
    if isinstance(value, bytes):
        attachments.append(value)
        return {"_placeholder": True, "num": len(attachments) - 1}
    if isinstance(value, dict):
        return {name: _detach(item, attachments) for name, item in value.items()}
    if isinstance(value, list):
        return [_detach(item, attachments) for item in value]
    return value


def _attached(value: Any, attachments: list[bytes]) -> Any:
    if isinstance(value, dict):
        if value.get("_placeholder"):
            return attachments[value["num"]]
        return {name: _attached(item, attachments) for name, item in value.items()}
    if isinstance(value, list):
        return [_attached(item, attachments) for item in value]
    return value
