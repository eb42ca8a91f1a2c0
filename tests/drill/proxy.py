"""A TCP proxy that misbehaves as it is told: what a network does between two programs that are well."""

import asyncio
import random
import socket
import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from servers.ports import LOCAL, free_port

MOST_CONNECTIONS = 64
PIECE = 16 * 1024
WAITING = 64
"""Pieces of one direction that may wait for their time: that bounds the memory."""
RECEIVE_BUFFER = 64 * 1024
"""Of the kernel: a sender whose other end is silent shall notice before it has sent megabytes."""
STEP_S = 0.02
"""Of a limited bandwidth."""
CONNECT_S = 5.0


@dataclass(frozen=True)
class Fault:
    """Of both directions, and of all connections. Several at once add up."""

    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Up to this much more, other for each piece; the order stays."""
    bytes_per_s: float | None = None
    drip_bytes: int | None = None
    """So many at a time, with `bytes_per_s`."""
    corrupt_bytes: int | None = None
    """Of so many, about one has a bit wrong."""
    silent: bool = False
    """Half-open: connections are accepted and kept, nothing is forwarded, nothing is lost."""
    refused: bool = False
    """Nobody listens; `cut` is what ends the connections that are there."""


NONE = Fault()


class Proxy:
    """`async with Proxy(port) as proxy`: what connects to `proxy.port` talks to `port`."""

    def __init__(self, target_port: int, *, seed: int = 1) -> None:
        self.port = free_port()
        self.fault = NONE
        self.accepted = 0
        self._target_port = target_port
        self._dice = random.Random(seed)
        self._flows = asyncio.Event()
        self._flows.set()
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}

    async def behave(self, fault: Fault = NONE) -> None:
        """From now on, for what is under way too."""
        self.fault = fault
        if fault.silent:
            self._flows.clear()
        else:
            self._flows.set()
        if fault.refused:
            await self._stop_listening()
        elif self._server is None:
            await self._listen()

    def cut(self) -> None:
        """Resets every connection, at both ends."""
        for task, writers in self._connections.items():
            for writer in writers:
                _reset(writer)
            task.cancel()

    async def __aenter__(self) -> Self:
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop_listening()
        self.cut()
        if self._connections:
            await asyncio.wait(self._connections)

    @property
    def connections(self) -> int:
        return len(self._connections)

    async def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        listener.bind((LOCAL, self.port))
        self._server = await asyncio.start_server(self._accept, sock=listener, limit=PIECE)

    async def _stop_listening(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            # From 3.12 on, `wait_closed` would wait for the connections, which may stay.
            await asyncio.sleep(0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if len(self._connections) >= MOST_CONNECTIONS:
            _reset(writer)
            return
        writers = [writer]
        task = asyncio.create_task(self._serve(reader, writer, writers))
        self._connections[task] = writers
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        for writer in self._connections.pop(task):
            writer.close()
        if not task.cancelled():
            task.exception()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, writers: list[asyncio.StreamWriter]
    ) -> None:
        await self._flows.wait()
        try:
            async with asyncio.timeout(CONNECT_S):
                far_reader, far_writer = await asyncio.open_connection(LOCAL, self._target_port, limit=PIECE)
        except OSError:  # a time-out is one of them
            _reset(writer)
            return
        writers.append(far_writer)
        try:
            async with asyncio.TaskGroup() as group:
                for source, target in ((reader, far_writer), (far_reader, writer)):
                    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING)
                    group.create_task(self._take(source, waiting))
                    group.create_task(self._give(waiting, target))
        except* OSError:
            # One end has fallen over: so does the other.
            for each in writers:
                _reset(each)

    async def _take(self, source: asyncio.StreamReader, waiting: asyncio.Queue[tuple[float, bytes]]) -> None:
        """Until its end, which is an empty piece."""
        loop = asyncio.get_running_loop()
        due_s, data = 0.0, b"-"
        while data:
            await self._flows.wait()
            data = await source.read(PIECE)
            late_s = self.fault.delay_s + self._dice.random() * self.fault.jitter_s
            due_s = max(due_s, loop.time() + late_s)
            await waiting.put((due_s, data))

    async def _give(self, waiting: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s, data = await waiting.get()
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            await self._flows.wait()
            if not data:
                if target.can_write_eof():
                    target.write_eof()
                return
            rest = memoryview(self._spoilt(data))
            while rest:
                rate = self.fault.bytes_per_s
                size = len(rest) if rate is None else self.fault.drip_bytes or max(1, int(rate * STEP_S))
                target.write(rest[:size])
                await target.drain()
                if rate is not None:
                    await asyncio.sleep(min(size, len(rest)) / rate)
                    await self._flows.wait()
                rest = rest[size:]

    def _spoilt(self, data: bytes) -> bytes:
        every = self.fault.corrupt_bytes
        if every is None:
            return data
        spoilt = bytearray(data)
        at = int(self._dice.expovariate(1 / every))
        while at < len(spoilt):
            spoilt[at] ^= 1 << self._dice.randrange(8)
            at += 1 + int(self._dice.expovariate(1 / every))
        return bytes(spoilt)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Without taking leave: what waits is lost."""
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
