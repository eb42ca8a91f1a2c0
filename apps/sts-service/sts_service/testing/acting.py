"""What all fake engines have in common: they act out their script."""

import asyncio
import ctypes
import os
import signal
import time
from typing import NoReturn

from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError
from sts_service.testing.script import Journal, Script, Step

FOREVER_S = 600
"""Long past every time-out, and yet a process that a failing test leaves behind is gone some day."""


class Fake:
    """What all three do with their script."""

    def __init__(self, card: Card, script: Script) -> None:
        if card.home == "loop" and script.is_deadly:
            raise ValueError("a script that ends or blocks its process needs a process of its own")
        self._script, self._on_loop = script, card.home == "loop"
        self._journal = Journal(script.journal)

    async def play(self, content: bytes, **what: object) -> int:
        """The call's number, where it is to be answered."""
        call = self._journal.begin(**what)
        step = self._script.step(call, content)
        outcome = "cancelled"
        try:
            await self._wait(step.takes_s)
            outcome = step.does
            if step.does == "hang":
                await self._wait(FOREVER_S)
            elif step.does != "answer":
                act(step)
        finally:
            self._journal.end(call, outcome)
        return call

    async def _wait(self, seconds: float) -> None:
        if self._on_loop:
            await asyncio.sleep(seconds)
        else:
            time.sleep(seconds)  # noqa: ASYNC251 - blocking is the point of a process of its own

    def said(self, call: int) -> str | None:
        says = self._script.says
        return says[call % len(says)] if says else None

    def free_memory(self) -> None:
        self._journal.note(event="free_memory")

    async def close(self) -> None:
        self._journal.note(event="close")


def act(step: Step) -> NoReturn:
    match step.does:
        case "fail":
            raise EngineError(step.code, "the script says so")
        case "oom":
            raise EngineError(ErrorCode.GPU_OOM, "the script says so")
        case "torch_oom":
            raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        case "hang_native":
            ctypes.PyDLL(None).sleep(FOREVER_S)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "exit":
            os._exit(3)
    raise ValueError("the script says so")


class OutOfMemoryError(RuntimeError):
    """Named as torch's."""

    __module__ = "torch"
