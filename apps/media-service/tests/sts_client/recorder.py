"""A listener that keeps what it is told and lets a test wait for it; fragments to test with."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from media_service.sts import Answer, BreakerState, Fallback, Fragment, Reason, SpeechService, Stream
from media_service.sts.pressure import PressureAction

STREAM = Stream(
    stream_id="match-1",
    worker_id="worker-1",
    source_language="en",
    target_language="es",
    sample_rate_hz=8000,
    channels=1,
    format="pcm_s16le",
)


def fragment(slot: int, *, within_s: float | None = 5.0, audio: bytes = b"\x01\x02" * 800) -> Fragment:
    """A tenth of a second, to be decided so much later."""
    return Fragment(
        slot=slot,
        fragment_id=f"f-{slot}",
        audio=audio,
        samples=800,
        duration_ms=100,
        pts_ns=slot * 100_000_000,
        source_pts_ns=None,
        deadline_ns=None if within_s is None else time.monotonic_ns() + int(within_s * 1e9),
    )


class Recorder:
    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.fallbacks: list[Fallback] = []
        self.sent: list[tuple[int, int]] = []
        self.sent_at_s: list[float] = []
        self.sessions: list[tuple[bool, str]] = []
        self.breaker: list[BreakerState] = []
        self.pressure: list[tuple[PressureAction, int]] = []
        self._news = asyncio.Event()

    @property
    def connected(self) -> bool:
        return bool(self.sessions) and self.sessions[-1][0]

    @property
    def decided(self) -> dict[int, Reason | None]:
        """What became of each slot: None for a dub in time."""
        dubs: dict[int, Reason | None] = {answer.slot: None for answer in self.answers if not answer.late}
        return dubs | {fallback.slot: fallback.reason for fallback in self.fallbacks}

    async def until(self, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def answered(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._news.set()

    def fell_back(self, fallback: Fallback) -> None:
        self.fallbacks.append(fallback)
        self._news.set()

    def fragment_sent(self, slot: int, sequence_number: int) -> None:
        self.sent.append((slot, sequence_number))
        self.sent_at_s.append(time.monotonic())
        self._news.set()

    def session_changed(self, connected: bool, reason: str) -> None:
        self.sessions.append((connected, reason))
        self._news.set()

    def breaker_changed(self, state: BreakerState, reason: str) -> None:
        self.breaker.append(state)
        self._news.set()

    def pressure_changed(self, action: PressureAction, delay_ms: int) -> None:
        self.pressure.append((action, delay_ms))
        self._news.set()


class Running:
    """A service whose `run` is a task of its own."""

    def __init__(
        self, url: str, stream: Stream = STREAM, *, token: str | None = None, **options: Any
    ) -> None:
        self.heard = Recorder()
        self.service = SpeechService(url, stream, token=token, listener=self.heard, **options)
        self.task = asyncio.create_task(self.service.run())


@contextlib.asynccontextmanager
async def running(url: str, *, connected: bool = True, **options: Any) -> AsyncIterator[Running]:
    """Connected, unless told otherwise; cancelled at the end, and nothing of it is left."""
    before = asyncio.all_tasks()
    worker = Running(url, **options)
    try:
        if connected:
            await worker.heard.until(lambda: worker.heard.connected)
        yield worker
    finally:
        worker.task.cancel()
        await asyncio.wait({worker.task}, timeout=5)
        assert worker.task.done(), "run did not end when it was cancelled"
        if not worker.task.cancelled():
            worker.task.exception()
        left = asyncio.all_tasks() - before - {worker.task}
        assert not [task for task in left if "sts/" in repr(task.get_coro())], f"left behind: {left}"
