"""One connection to the speech service. Every wait has an end, and whatever goes wrong is `Broken`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from media_service.sts.frames import (
    BadFrame,
    Event,
    FrameReader,
    Joined,
    JoinRefused,
    Left,
    Opened,
    Packet,
    Ping,
    event_frames,
    join_frame,
)

CONNECT_TIMEOUT_S = 5.0
WRITE_TIMEOUT_S = 10.0
"""A server that takes nothing for this long is gone."""

CLOSE_TIMEOUT_S = 1.0
MAX_MESSAGE_BYTES = 16_000_000
"""The largest result there can be: a minute of PCM as base64. What is larger is refused by its header,
before it costs the media any time.
"""

MAX_QUICK = 1_000_000
"""Longer frames are read in a thread: the media does not wait for them."""

MAX_WAITING = 1000
"""Messages that wait to be written, before another ping is answered."""

# Its debug lines show what is sent: sound, and the token.
_quiet = logging.getLogger("media_service.sts.websocket")
_quiet.setLevel(logging.WARNING)


class Broken(Exception):
    """The connection cannot be used any more; the message says why."""


class Refused(Exception):
    """The server does not want this client or this stream, and says why."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


def socket_url(url: str) -> str:
    """Where the WebSocket is, of a service named by its http(s) or ws(s) address."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/")
    if not path.endswith("/socket.io"):
        path += "/socket.io"
    return urlunsplit((scheme, parts.netloc, path + "/", "EIO=4&transport=websocket", ""))


class Connection:
    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._reader = FrameReader()
        self._silence_s = CONNECT_TIMEOUT_S
        self._outbox: asyncio.Queue[list[str | bytes]] = asyncio.Queue()

    def send(self, name: str, payload: dict[str, Any]) -> None:
        """Queues an event. Sound waits here only for as many fragments as may be in flight."""
        self._outbox.put_nowait(event_frames(name, payload))

    async def write(self) -> None:
        """Sends what is queued, until the connection breaks."""
        while True:
            await self._write(await self._outbox.get())
            self._outbox.task_done()

    async def flush(self) -> None:
        """Waits until all that is queued is sent."""
        await self._outbox.join()

    async def receive(self) -> Event:
        """The next event; pings are answered on the way."""
        while True:
            packet = await self._packet()
            match packet:
                case Event():
                    return packet
                case Ping(answer):
                    if self._outbox.qsize() >= MAX_WAITING:
                        raise Broken("asks faster than it takes answers")
                    self._outbox.put_nowait([answer])
                case Left():
                    raise Broken("the server ended the connection")
                case JoinRefused(payload):
                    raise _refusal(payload)

    async def join(self, token: str | None) -> None:
        """Goes through the handshake of both layers."""
        opened = await self._packet()
        if not isinstance(opened, Opened):
            raise Broken("garbage: no open packet")
        await self._write([join_frame(token)])
        match await self._packet():
            case Joined():
                self._silence_s = opened.silence_s
            case JoinRefused(payload):
                raise _refusal(payload)
            case Left():
                raise Broken("the server ended the connection")
            case _:
                raise Broken("garbage: no answer to the handshake")

    async def _packet(self) -> Packet:
        while True:
            try:
                async with asyncio.timeout(self._silence_s):
                    frame = await self._socket.recv()
                packet = await self._read(frame)
            except TimeoutError:
                raise Broken(f"silent for {self._silence_s:g} s") from None
            except BadFrame as error:
                raise Broken(f"garbage: {error}") from None
            except (WebSocketException, OSError) as error:
                raise Broken(_words(error)) from None
            await asyncio.sleep(0)  # a flood of frames must leave the loop to others
            if packet is not None:
                return packet

    async def _read(self, frame: str | bytes) -> Packet | None:
        if len(frame) <= MAX_QUICK:
            return self._reader.read(frame)
        return await asyncio.to_thread(self._reader.read, frame)

    async def _write(self, frames: list[str | bytes]) -> None:
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                for frame in frames:
                    await self._socket.send(frame)
        except TimeoutError:
            raise Broken(f"takes nothing for {WRITE_TIMEOUT_S:g} s") from None
        except (WebSocketException, OSError) as error:
            raise Broken(_words(error)) from None


@asynccontextmanager
async def connected(url: str, headers: Mapping[str, str], token: str | None) -> AsyncIterator[Connection]:
    """A connection that is through its handshake; raises `Broken` or `Refused`."""
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            socket = await connect(
                socket_url(url),
                additional_headers=headers,
                compression=None,
                logger=_quiet,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=4,
                open_timeout=None,
                ping_interval=None,
                close_timeout=CLOSE_TIMEOUT_S,
                proxy=None,
            )
    except TimeoutError:
        raise Broken(f"no connection within {CONNECT_TIMEOUT_S:g} s") from None
    except (WebSocketException, OSError, ValueError, EOFError) as error:
        raise Broken(_words(error)) from None
    try:
        connection = Connection(socket)
        await _within(connection.join(token))
        yield connection
    except Exception:
        socket.transport.abort()  # broken: there is nobody to take leave of, and no time to lose
        raise
    finally:
        await _close(socket)


async def _within(handshake: Any) -> None:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await handshake
    except TimeoutError:
        raise Broken(f"no handshake within {CONNECT_TIMEOUT_S:g} s") from None


async def _close(socket: ClientConnection) -> None:
    try:
        async with asyncio.timeout(2 * CLOSE_TIMEOUT_S):
            await socket.close()
    except (TimeoutError, WebSocketException, OSError):
        pass
    finally:
        socket.transport.abort()


def _refusal(payload: Any) -> Exception:
    said = payload if isinstance(payload, dict) else {}
    data = said["data"] if isinstance(said.get("data"), dict) else said
    code, message = data.get("code"), data.get("message")
    if not isinstance(code, str):
        return Broken("the server refused the connection")
    return Refused(code, str(message)[:300], retryable=data.get("retryable") is True)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
