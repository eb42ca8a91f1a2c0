"""Engines that do with their process what the scripted ones do not; made in the process by name."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sts_service.engines import Card, EngineSettings, EngineSpec, NotHere, Offer

CARD = Card(name="odd", stage="tts", kind="test", code_licence="Apache-2.0", needs="nothing")


class Odd:
    """Each method is one oddity."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._kept: list[npt.NDArray[np.uint8]] = []
        self._freed = 0

    async def echo(self, value: Any) -> Any:
        return value

    async def told(self) -> tuple[str, str | None, tuple[str, ...]]:
        """What it knows of its settings and its process."""
        own = tuple(sorted(type(self._settings).__dataclass_fields__))
        return type(self._settings).__name__, self._settings.deepl_api_key, own

    async def environment(self, name: str) -> str | None:
        return os.environ.get(name)

    async def modules(self) -> list[str]:
        return sorted(sys.modules)

    async def pid(self) -> int:
        return os.getpid()

    async def print(self, text: str, times: int = 1) -> None:
        for _ in range(times):
            os.write(1, text.encode())
            os.write(2, text.encode())

    async def waits(self) -> str:
        """Uses the loop of its process."""
        await asyncio.sleep(0.01)
        return "waited"

    async def huge(self, size: int) -> npt.NDArray[np.uint8]:
        return np.zeros(size, np.uint8)

    async def foreign(self) -> Decimal:
        return Decimal(1)

    async def unpicklable(self) -> Any:
        return lambda: None

    async def grow(self, size: int) -> None:
        self._kept.append(np.ones(size, np.uint8))

    async def no_method_of_the_engine(self, **_: Any) -> None:
        raise KeyError(self._settings.deepl_api_key)

    async def cuda_oom(self) -> None:
        raise RuntimeError("CUDA failed with error out of memory")

    async def freed(self) -> int:
        return self._freed

    def free_memory(self) -> None:
        self._freed += 1
        raise ValueError("and even that fails")

    async def child(self) -> int:
        """Starts a process of its own, that would run for long."""
        return self._started().pid

    async def fork_and_die(self, journal: str) -> None:
        """Leaves a twin that has all it had open, and that no signal to the group reaches."""
        twin = os.fork()
        if not twin:
            os.setsid()
            time.sleep(60)  # noqa: ASYNC251 - it has no loop of its own
            os._exit(0)
        Path(journal).write_text(str(twin))  # noqa: ASYNC240
        os._exit(4)

    def _started(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])

    async def interrupted(self) -> str:
        for signum in (signal.SIGINT, signal.SIGTERM):
            os.kill(os.getpid(), signum)
        await asyncio.sleep(0.05)
        return "still here"

    async def garble(self) -> None:
        """Writes what is no message where the messages go."""
        for fd in range(3, 64):
            try:
                is_socket = stat.S_ISSOCK(os.fstat(fd).st_mode)
            except OSError:
                continue
            if is_socket:
                os.write(fd, b"no message at all, whatever it is")

    async def close(self) -> None:
        return None


class Stubborn(Odd):
    async def close(self) -> None:
        signal.pause()


def _check(settings: EngineSettings) -> Offer:
    return Offer(model="odd")


def _make(how: str, settings: EngineSettings) -> Odd:
    match how:
        case "not here":
            raise NotHere("odd: no model: run `get-model`")
        case "import":
            import no_such_module  # type: ignore[import-not-found]  # noqa: F401
        case "exit":
            sys.stderr.write("cannot open the device\n")
            sys.exit(7)
        case "exit at once":
            sys.stderr.write("cannot open the device\n")
            sys.stderr.flush()
            os._exit(7)
        case _ if how.startswith("the only one "):
            try:
                Path(how.removeprefix("the only one ")).touch(exist_ok=False)
            except FileExistsError:
                time.sleep(1)  # the first one is ready by then
                raise NotHere("odd: there is only one") from None
        case "stubborn":
            return Stubborn(settings)
    return Odd(settings)


def odd(how: str = "") -> EngineSpec[Odd]:
    return EngineSpec(card=CARD, check=_check, make=partial(_make, how))


def _named(settings: EngineSettings) -> Odd:
    return Odd(settings)


NAMED: EngineSpec[Odd] = EngineSpec(card=CARD, check=lambda settings: Offer(model="odd"), make=_named)
"""Cannot be pickled, and is found by its name."""
