"""Everything that hurts, at once, for as long as the context lasts; and somebody who asks in order."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp

from hostile_askers.asker import LOCAL, asker

ELSEWHERE = "127.0.0.9"
"""Whoever asks in order has an address of his own."""
IDLE, DRIPPING, POURING, ASKING = 150, 30, 4, 10
GET = b"GET /v1/streams HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@dataclass
class Honest:
    """How long each of his requests took; None: it had no answer, or another than 200."""

    took_s: list[float | None] = field(default_factory=list)


@contextlib.asynccontextmanager
async def flooded(port: int) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_idle(port)) for _ in range(IDLE)]
    tasks += [asyncio.create_task(_dripping(port)) for _ in range(DRIPPING)]
    tasks += [asyncio.create_task(_pouring(port)) for _ in range(POURING)]
    tasks += [asyncio.create_task(_asking(port)) for _ in range(ASKING)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _idle(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            async with asker(port) as one:
                await one.reader.read(1)
        await asyncio.sleep(0.2)


async def _dripping(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            async with asker(port, GET) as one:
                await one.drip(b"X-A: b\r\n", 0.2)
        await asyncio.sleep(0.2)


async def _pouring(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            async with asker(port, GET) as one:
                await one.pour(b"X-A: " + b"b" * 4000 + b"\r\n", 1 << 20)
        await asyncio.sleep(0.2)


async def _asking(port: int) -> None:
    while True:
        with contextlib.suppress(OSError):
            async with asker(port, GET + b"Connection: close\r\n\r\n" + b"G\0T" * 100) as one:
                await one.ended()
        await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def honest(port: int, path: str) -> AsyncIterator[Honest]:
    seen = Honest()

    async def ask() -> None:
        connector = aiohttp.TCPConnector(local_addr=(ELSEWHERE, 0), force_close=True)
        async with aiohttp.ClientSession(connector=connector) as client:
            while True:
                began = time.monotonic()
                seen.took_s.append(None)
                async with client.get(f"http://{LOCAL}:{port}{path}") as answer:
                    if answer.status == 200:
                        seen.took_s[-1] = time.monotonic() - began
                await asyncio.sleep(0.1)

    asking = asyncio.create_task(ask())
    try:
        yield seen
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        if seen.took_s and seen.took_s[-1] is None:
            seen.took_s.pop()  # he was stopped in the middle of it
