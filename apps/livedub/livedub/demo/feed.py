"""What the control room tells of the demo's stream, as its page hears it."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from typing import Any

import aiohttp

from livedub.dub.events import Feed, Slot
from livedub.dub.tally import Tally

AGAIN_S = 0.5
MOST_SLOTS = 2000
"""Over two hours."""


class Listener:
    """`listen` runs beside whoever looks at the rest."""

    def __init__(self, page: str, stream_id: str) -> None:
        self._stream = f"{page}/v1/streams/{stream_id}"
        self.tally = Tally()
        self.slots: deque[Slot] = deque(maxlen=MOST_SLOTS)
        """Those of a sentence that was dubbed."""
        self.first_dubbed = asyncio.Event()
        self.delay_ms: int | None = None

    async def listen(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
                    await self._events(http)
                await asyncio.sleep(AGAIN_S)

    async def look(self, http: aiohttp.ClientSession) -> Mapping[str, Any] | None:
        """The stream as the page shows it; None where nobody says."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with http.get(self._stream, timeout=aiohttp.ClientTimeout(total=5)) as answer:
                if answer.status == 200:
                    told: Mapping[str, Any] = await answer.json()
                    self.delay_ms = (told["worker"] or {}).get("delay_ms", self.delay_ms)
                    return told
        return None

    async def _events(self, http: aiohttp.ClientSession) -> None:
        headers = {"Last-Event-ID": self.tally.last_id}
        forever = aiohttp.ClientTimeout(total=None, sock_connect=5)
        async with http.get(f"{self._stream}/events", headers=headers, timeout=forever) as answer:
            answer.raise_for_status()
            feed = Feed()
            async for data in answer.content.iter_any():
                for told in feed.take(data):
                    if told.id.rpartition("-")[0] != self.tally.last_id.rpartition("-")[0]:
                        # Another worker, which counts from 1.
                        self.tally = Tally()
                    if self.tally.tell(told) and isinstance(told.event, Slot):
                        self._slot(told.event)

    def _slot(self, slot: Slot) -> None:
        if slot.heard == "dubbed" and slot.translation.strip():
            self.slots.append(slot)
            self.first_dubbed.set()
