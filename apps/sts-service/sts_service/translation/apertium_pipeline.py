"""One running pipeline of Apertium's programs: a text in, milliseconds later its translation out."""

import asyncio
import contextlib
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from typing import Final

_ANSWER_BOUND: Final = 1_000_000
"""Bytes; more is no translation of what a fragment says."""
_ENDING_TIMEOUT_S: Final = 2.0
_MEANT = re.compile(r"([\[\]{}^$/\\@<>])")
"""What has a meaning in Apertium's stream."""
_LOST = re.compile(r"[\0~]")
"""Ends a text, or joins two words, and is not handed on however it is written."""
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Garbled(Exception):
    """The pipeline has ended, or says what is no answer."""


class Pipeline:
    """One exchange at a time. After one that did not end well it is good for nothing but `end`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._count = 0

    @classmethod
    async def start(cls, programs: Sequence[str]) -> "Pipeline":
        """Each reads what the one before it writes."""
        starting = asyncio.create_task(_shell(_command(programs)))
        try:
            return cls(await asyncio.shield(starting))
        except asyncio.CancelledError:
            # Cancelled itself, it would end the shell only, and wait for ever for the programs.
            while not starting.done():
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait([starting])
            if starting.exception() is None:
                await cls(starting.result()).end()
            raise

    async def exchange(self, text: str) -> str:
        """Raises `Garbled`."""
        self._count += 1
        # A hidden full stop, as Apertium's own front end adds it; then a mark that no program touches, to
        # tell this text's answer from any other.
        mark = f"[{self._count}]"
        asked = _MEANT.sub(r"\\\1", " ".join(_LOST.sub(" ", text).split())) + f".{mark}"
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Garbled("it has no pipes")
        try:
            stdin.write(asked.encode(errors="replace") + b"\0")
            await stdin.drain()
            said = (await stdout.readuntil(b"\0"))[:-1].decode()
        except (OSError, EOFError, asyncio.LimitOverrunError, UnicodeDecodeError) as error:
            raise Garbled(type(error).__name__) from error
        if not said.endswith(mark):
            raise Garbled("the answer is not that of the text")
        # Without its full stop: an abbreviation has taken that for its own ("Mr", "St", an initial).
        translated = said.removesuffix(mark).removesuffix(".")
        return " ".join(_ESCAPED.sub(r"\1", translated).split())

    async def end(self) -> None:
        """At once, whatever it does."""
        stdin, stdout = self._process.stdin, self._process.stdout
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_ENDING_TIMEOUT_S):
                await self._process.wait()
                if stdin is not None and stdout is not None:
                    # Its end comes when the last of the programs is gone.
                    await stdout.read()
                    stdin.close()
                    await stdin.wait_closed()


def _command(programs: Sequence[str]) -> str:
    """The shell itself lets go of both ends: so the end of any program is the end of the answer."""
    first, *others = programs
    pipeline = " | ".join((f"{first} <&3 3<&-", *(f"{program} 3<&-" for program in others)))
    return f"exec 3<&0; {pipeline} & exec <&- >&- 3<&-; wait"


async def _shell(command: str) -> Process:
    # A session of its own, so that the shell and all programs can be ended together. When this process dies,
    # the programs read the end of their input, and end too.
    return await asyncio.create_subprocess_exec(
        *("sh", "-c", command),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=_ANSWER_BOUND,
        start_new_session=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
