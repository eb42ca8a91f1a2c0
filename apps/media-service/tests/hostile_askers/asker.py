"""Connections by hand: every byte when it is wanted."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

LOCAL = "127.0.0.1"
LIMIT_S = 20.0


@dataclass
class Asker:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ended(self) -> bytes:
        """Everything that came until the other side hung up."""
        told = b""
        async with asyncio.timeout(LIMIT_S):
            with contextlib.suppress(ConnectionError):
                while piece := await self.reader.read(65_536):
                    told += piece
        return told

    async def drip(self, data: bytes, every_s: float) -> None:
        """For ever, a byte at a time, until the other side hangs up."""
        with contextlib.suppress(ConnectionError):
            while True:
                for byte in data:
                    self.writer.write(bytes([byte]))
                    await self.writer.drain()
                    await asyncio.sleep(every_s)

    async def pour(self, data: bytes, most: int) -> int:
        """As fast as it is taken, until the other side hangs up; how many bytes were sent."""
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < most:
                self.writer.write(data)
                await self.writer.drain()
                sent += len(data)
        return sent


@contextlib.asynccontextmanager
async def asker(port: int, said: bytes = b"") -> AsyncIterator[Asker]:
    reader, writer = await asyncio.open_connection(LOCAL, port)
    try:
        writer.write(said)
        yield Asker(reader, writer)
    finally:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def dripping(one: Asker, data: bytes, every_s: float = 0.02) -> AsyncIterator[None]:
    task = asyncio.create_task(one.drip(data, every_s))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def status_of(port: int, path: str = "/health") -> int:
    """Of an honest request."""
    async with asker(
        port, f"GET {path} HTTP/1.1\r\nHost: {LOCAL}\r\nConnection: close\r\n\r\n".encode()
    ) as one:
        told = await one.ended()
    return int(told.split()[1]) if told else 0


async def dripped_out(port: int, beginning: bytes, data: bytes) -> bool:
    """Whoever says this and then drips is hung up on."""
    async with asker(port, beginning) as one, dripping(one, data):
        await one.ended()
    return True
