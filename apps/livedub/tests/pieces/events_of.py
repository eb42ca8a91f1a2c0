"""The bytes of a worker's feed, made by the worker's own code."""

import asyncio
from collections.abc import Sequence

from livedub.dub.events import Segment, Slot
from media_service.worker.events import Event, Feed


def feed_of(events: Sequence[Event]) -> bytes:
    async def told() -> bytes:
        feed = Feed("run-1")
        with feed.listen() as listener:
            for event in events:
                feed.publish(event)
            return await listener.take()

    return asyncio.run(told())


def slot(
    number: int = 0,
    start_ms: int = 0,
    end_ms: int = 6000,
    *,
    outcome: str = "dubbed",
    reason: str | None = None,
    transcript: str = "good evening",
    translation: str = "buenas tardes",
    segments: tuple[Segment, ...] = (),
) -> Slot:
    return Slot(
        number,
        start_ms,
        end_ms,
        outcome,  # type: ignore[arg-type]
        reason,
        transcript,
        translation,
        segments,
    )
