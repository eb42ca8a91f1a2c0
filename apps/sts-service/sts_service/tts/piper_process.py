"""A `piper` program that stays: a line of text goes in, a WAV file comes out.

Piper is under the GPL, so it is a program of its own, and nothing of it is imported. It ends by itself when
its standard input does, and so never outlives the service.
"""

import asyncio
import contextlib
import os
import re
import tempfile
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sts_service.engines.native import tell_nobody
from sts_service.tts import Speech

_WROTE = re.compile(rb"Wrote (.+\.wav)\s*$")
"""What it says on standard error when a file is whole."""
_LONGEST_LINE = 1 << 20
_END_S = 2.0


class PiperDied(Exception):
    """The program ended; its exit status is the message."""


class PiperProcess:
    def __init__(self, command: Sequence[str]) -> None:
        """`command` without where the output goes. It is started by the first text."""
        self._command = tuple(command)
        self._process: asyncio.subprocess.Process | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="piper-")
        self._lock = asyncio.Lock()

    async def say(self, text: str) -> Speech:
        """Raises `PiperDied`. When the call is cancelled the program is ended: the next begins anew."""
        async with self._lock:
            process = self._process or await self._start()
            try:
                path = await self._wrote(process, text)
                return await asyncio.to_thread(_read, path)
            except BaseException:
                await self._end(process, at_once=True)
                raise

    async def _start(self) -> asyncio.subprocess.Process:
        tell_nobody()
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "--output-dir",
            self._folder.name,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
            cwd=self._folder.name,
            env={name: value for name, value in os.environ.items() if not name.endswith("_KEY")},
        )
        self._process = process
        return process

    async def _wrote(self, process: asyncio.subprocess.Process, text: str) -> Path:
        if process.stdin is None or process.stderr is None:
            raise PiperDied("it has no pipes")
        with contextlib.suppress(ConnectionError):
            # One line is one file. Double brackets would be read as phonemes.
            line = " ".join(text.split()).replace("[[", "[").replace("]]", "]")
            process.stdin.write(f"{line}\n".encode())
            await process.stdin.drain()
        # The other lines are its log, which may quote the speech.
        async for line_of_log in process.stderr:
            if found := _WROTE.search(line_of_log):
                return Path(os.fsdecode(found[1]))
        raise PiperDied(f"exit status {await process.wait()}")

    async def _end(self, process: asyncio.subprocess.Process, *, at_once: bool) -> None:
        self._process = None
        if process.stdin is not None:
            process.stdin.close()
        if not at_once:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_S):
                    await process.wait()
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def close(self) -> None:
        async with self._lock:
            if self._process is not None:
                await self._end(self._process, at_once=False)
            self._folder.cleanup()


def _read(path: Path) -> Speech:
    with wave.open(str(path), "rb") as file:
        rate_hz, data = file.getframerate(), file.readframes(file.getnframes())
    path.unlink()
    return Speech(np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768), rate_hz)
