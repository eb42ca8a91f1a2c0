"""The service as its users start it: a process of its own, stopped by whoever started it."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Service:
    process: asyncio.subprocess.Process
    url: str = ""
    output: list[str] = field(default_factory=list)
    """Lines of stdout."""
    log: list[str] = field(default_factory=list)
    """Lines of stderr."""

    async def exit_status(self, timeout: float = 15) -> int:
        async with asyncio.timeout(timeout):
            return await self.process.wait()


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int
    output: str
    log: str


async def run(*arguments: str, **environment: str) -> Outcome:
    """Start it where it is expected to end by itself."""
    process = await _start(arguments, environment)
    try:
        async with asyncio.timeout(20):
            output, log = await process.communicate()
    finally:
        await _stop(process)
    assert process.returncode is not None
    return Outcome(process.returncode, output.decode(), log.decode())


@contextlib.asynccontextmanager
async def running(*arguments: str, **environment: str) -> AsyncIterator[Service]:
    """A service that has told its address."""
    service = Service(await _start((*arguments, "--port", "0", "--log-format", "json"), environment))
    assert service.process.stdout is not None
    assert service.process.stderr is not None
    ready = asyncio.Event()
    readers = [
        asyncio.create_task(_read(service.process.stdout, service.output, service, ready)),
        asyncio.create_task(_read(service.process.stderr, service.log, service, None)),
    ]
    try:
        async with asyncio.timeout(15):
            await ready.wait()
        assert service.url, f"no address: {service.output} {service.log}"
        yield service
    finally:
        await _stop(service.process)
        await asyncio.wait_for(asyncio.gather(*readers), 5)


async def _start(arguments: tuple[str, ...], environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sts_service.echo",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )


async def _read(
    stream: asyncio.StreamReader, lines: list[str], service: Service, ready: asyncio.Event | None
) -> None:
    async for line in stream:
        lines.append(line.decode().rstrip("\n"))
        address = re.search(r"http://127\.0\.0\.1:\d+", lines[-1])
        if ready is not None and address is not None and not service.url:
            service.url = address.group()
            ready.set()
    if ready is not None:
        ready.set()


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
