"""Asks the speech service how it is, when somebody wants to know, and not more often than now and then."""

import asyncio
import logging

import aiohttp
import orjson

from media_service.config.urls import mask
from media_service.orchestrator.speech.answer import SpeechView, ready, unreachable

EVERY_S = 5.0
ASK_S = 3.0
LARGEST_ANSWER = 256 * 1024

log = logging.getLogger(__name__)


class Speech:
    def __init__(self, url: str, every_s: float = EVERY_S) -> None:
        self._url = url.rstrip("/")
        self._every_s = every_s
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._latest = SpeechView(state="starting", service=mask(url))

    def latest(self) -> SpeechView:
        """As last told; who asks again soon hears what is new."""
        self._wanted.set()
        return self._latest

    async def run(self) -> None:
        """For ever."""
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ASK_S), trust_env=False
        ) as client:
            while True:
                await self._wanted.wait()
                self._wanted.clear()
                before, self._latest = self._latest, await self._ask(client)
                if before.state != self._latest.state:
                    log.info("the speech service is %s", self._latest.state)
                await asyncio.sleep(self._every_s)

    async def _ask(self, client: aiohttp.ClientSession) -> SpeechView:
        try:
            async with client.get(f"{self._url}/ready", allow_redirects=False) as answer:
                # One byte more than may be, to see that it is too much.
                body = await answer.content.read(LARGEST_ANSWER + 1)
                while len(body) <= LARGEST_ANSWER and (more := await answer.content.read(LARGEST_ANSWER)):
                    body += more
                if len(body) > LARGEST_ANSWER:
                    return unreachable(self._latest)
                return ready(self._latest, answer.status, orjson.loads(body))
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return unreachable(self._latest)
