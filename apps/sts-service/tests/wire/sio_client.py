"""A worker over python-socketio's client: what most media workers are."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import socketio
import socketio.exceptions

from wire.contract import Payload
from wire.worker import Worker


class Refused(Exception):
    """The handshake was refused; `data` is that of the connect error."""

    def __init__(self, data: Any) -> None:
        super().__init__(repr(data))
        self.data = data


class SioClient(Worker):
    def __init__(self) -> None:
        super().__init__()
        self.refusal: Any = None
        # aiohttp's own limit of 4 MiB would close the connection over a larger result.
        self._client = socketio.AsyncClient(reconnection=False, websocket_extra_options={"max_msg_size": 0})
        self._client.on("*", self._on_event)
        self._client.on("disconnect", self._on_disconnect)
        self._client.on("connect_error", self._on_refusal)

    async def connect(self, url: str, headers: Mapping[str, str] | None = None, auth: Any = None) -> None:
        try:
            await self._client.connect(
                url, headers=dict(headers or {}), auth=auth, transports=["websocket"], wait_timeout=5
            )
        except socketio.exceptions.ConnectionError:
            raise Refused(self.refusal) from None

    async def emit(self, event: str, payload: Any) -> None:
        await self._client.emit(event, payload)

    async def close(self) -> None:
        async with asyncio.timeout(5):
            await self._client.disconnect()

    def _on_event(self, event: str, *arguments: Any) -> None:
        self.receive(event, arguments)

    def _on_disconnect(self, *_: Any) -> None:
        self.receive_end()

    def _on_refusal(self, packet: Any = None) -> None:
        # On the wire it is {"message": ..., "data": ...}; the JavaScript client makes an Error of it.
        self.refusal = packet.get("data") if isinstance(packet, dict) else packet


@contextlib.asynccontextmanager
async def worker(
    url: str, headers: Mapping[str, str] | None = None, auth: Any = None
) -> AsyncIterator[SioClient]:
    """A connected worker that has not sent anything yet."""
    client = SioClient()
    try:
        await client.connect(url, headers, auth)
        yield client
    finally:
        await client.close()


async def refusal(url: str, headers: Mapping[str, str] | None = None, auth: Any = None) -> Payload:
    """The data with which this handshake is refused."""
    with pytest.raises(Refused) as refused:
        async with worker(url, headers, auth):
            pass
    data = refused.value.data
    assert isinstance(data, dict), f"refused with {data!r}"
    return data
