"""The speech service is asked now and then; whoever looks is told at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from media_service.orchestrator.speech import asking
from media_service.orchestrator.speech.asking import LARGEST_ANSWER, Speech
from servers.ports import LOCAL

TTS = {"engine": "espeak", "kind": "embedded", "model": "espeak-ng", "licence": "GPL-3.0"}
STARTING = {"ready": False, "service": "full", "engines": {}}
READY = {"ready": True, "service": "full", "engines": {"tts": TTS}}


class Service:
    """`/ready`, as it is told to answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.answer: tuple[int, Any] = (503, STARTING)

    async def ready(self, _: web.Request) -> web.Response:
        self.asked += 1
        await self.goes_on.wait()
        status, told = self.answer
        return web.json_response(told, status=status)


@contextlib.asynccontextmanager
async def asked(service: Service, every_s: float) -> AsyncIterator[Speech]:
    app = web.Application()
    app.add_routes([web.get("/ready", service.ready)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, LOCAL, 0).start()
    url = f"http://user:key-1@{LOCAL}:{runner.addresses[0][1]}/"  # pragma: allowlist secret
    speech = Speech(url, every_s)
    running = asyncio.create_task(speech.run())
    try:
        yield speech
    finally:
        running.cancel()
        await asyncio.wait([running])
        await runner.cleanup()


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not found():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


async def test_what_is_told_follows_the_service_and_shows_no_key() -> None:
    service = Service()
    async with asked(service, 0.05) as speech:
        assert (speech.latest().state, speech.latest().stages) == ("starting", ())
        service.answer = (200, READY)
        await until(lambda: speech.latest().state == "ready")
        (voice,) = speech.latest().stages
        assert (voice.engine, voice.embedded, bool(voice.better)) == ("espeak", True, True)
        assert "key-1" not in str(speech.latest())
        wrong: list[tuple[int, Any]] = [(404, {}), (200, "x" * (LARGEST_ANSWER + 1)), (302, {})]
        for nonsense in wrong:
            service.answer = nonsense
            await until(lambda: speech.latest().state == "unreachable")
            service.answer = (200, READY)
            await until(lambda: speech.latest().state == "ready")


async def test_however_often_somebody_looks_it_is_asked_once_in_a_while() -> None:
    service = Service()
    async with asked(service, 60.0) as speech:
        await until(lambda: service.asked == 1)
        for _ in range(100):
            speech.latest()
            await asyncio.sleep(0)
        assert service.asked == 1


async def test_while_nobody_looks_it_is_not_asked() -> None:
    service = Service()
    async with asked(service, 0.01) as speech:
        await until(lambda: service.asked == 1)
        await asyncio.sleep(0.2)
        assert service.asked == 1
        speech.latest()
        await until(lambda: service.asked == 2)


async def test_a_service_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ASK_S", 1.0)
    service = Service()
    service.goes_on.clear()
    async with asked(service, 0.05) as speech:
        await until(lambda: service.asked == 1)
        assert speech.latest().state == "starting"
        await until(lambda: speech.latest().state == "unreachable")
        service.goes_on.set()
