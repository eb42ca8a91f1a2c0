"""The programs of this room, started and asked."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from flood.service import environment

TESTS = Path(__file__).resolve().parent.parent


class Program:
    def __init__(self, process: asyncio.subprocess.Process, first_line: str) -> None:
        self._process = process
        self.first_line = first_line
        self.pid = process.pid

    async def ask(self) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(b"\n")
        answer: dict[str, Any] = json.loads(await _line(self._process))
        return answer


@contextlib.asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[Program]:
    """Once it has said its first line. Ends when its standard input does, and well."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        cwd=TESTS,
        env=environment(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process, await _line(process))
        assert process.stdin
        process.stdin.close()
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    async with asyncio.timeout(40):
        line = (await process.stdout.readline()).decode().strip()
    assert line, "it ended before it said anything"
    return line
