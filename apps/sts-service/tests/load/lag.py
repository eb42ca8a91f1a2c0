"""How late an event loop is, and how it is asked."""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

EVERY_S = 0.005


class Lag:
    def __init__(self) -> None:
        self._samples = 0
        self._worst_ms = 0.0
        self._takings = 0

    async def measure(self) -> None:
        while True:
            before, takings = time.monotonic(), self._takings
            await asyncio.sleep(EVERY_S)
            if takings != self._takings:
                continue  # the question itself took its time
            self._samples += 1
            self._worst_ms = max(self._worst_ms, (time.monotonic() - before - EVERY_S) * 1000)

    def taken(self) -> dict[str, Any]:
        """Since it was taken last."""
        taken = {"samples": self._samples, "worst_ms": self._worst_ms}
        self._samples, self._worst_ms = 0, 0.0
        self._takings += 1
        return taken


async def answer_lines(answer: Callable[[], dict[str, Any]]) -> None:
    """Each line of standard input is a question; ends with it."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        sys.stdout.write(json.dumps(answer()) + "\n")
        sys.stdout.flush()
    transport.close()
