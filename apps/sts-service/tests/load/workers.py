"""Workers that keep the service busy and note what they are told."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from speech import say
from wire.contract import Payload
from wire.raw_client import RawClient, raw_worker

RATE_HZ = 16_000
CONFIG: Payload = {"format": "pcm_s16le", "sample_rate_hz": RATE_HZ, "channels": 1}
SENTENCE = "The hospital opens in January, and the government is glad."
RESULT_S = 40.0


@dataclass(slots=True)
class Tally:
    """What one worker was told."""

    order: list[int] = field(default_factory=list)
    ack_ms: list[float] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Stage and code of the failures; the rest under its status."""
    complete: Payload = field(default_factory=dict)


def sounds(seconds: float, count: int, seed: int) -> list[Payload]:
    """Pieces of speech, each its own."""
    chance = random.Random(seed)
    voice = say(SENTENCE)
    length = round(seconds * RATE_HZ)
    voice = np.tile(voice, 2 + length // len(voice))
    pieces = []
    for _ in range(count):
        begin = chance.randrange(len(voice) - length)
        data = (voice[begin : begin + length] * 30_000).astype("<i2").tobytes()
        # As an attachment, so that this process spends its time on other things than JSON.
        pieces.append({**CONFIG, "duration_ms": round(seconds * 1000), "samples": length, "data": data})
    return pieces


async def stream(url: str, name: str, pieces: list[Payload], *, window: int) -> Tally:
    """Sends them all, at most `window` unanswered at a time, and ends the stream."""
    tally = Tally()
    loop = asyncio.get_running_loop()
    async with raw_worker(url) as client:
        await _open(client, name)
        sent_at: dict[str, float] = {}
        room = asyncio.Semaphore(window)

        async def send() -> None:
            for number, piece in enumerate(pieces):
                await room.acquire()
                sent_at[f"{name}-{number}"] = loop.time()
                await client.send(number, audio=piece)

        sending = asyncio.create_task(send())
        for _ in pieces:
            _note(tally, await client.expect("fragment:processed", RESULT_S))
            room.release()
        await sending
        tally.complete = await client.complete(10)
        tally.ack_ms = [
            (arrival.at_s - sent_at[arrival.payload["fragment_id"]]) * 1000
            for arrival in client.arrivals
            if arrival.event == "fragment:ack"
        ]
        # Nothing that was accepted is told of in any other way.
        assert not client.all("error"), client.all("error")[:3]
    return tally


async def vanish(url: str, name: str, pieces: list[Payload]) -> None:
    """Sends them all at once, and is gone when they are accepted."""
    async with raw_worker(url) as client:
        await _open(client, name)
        for number, piece in enumerate(pieces):
            await client.accepted(number, audio=piece)
        client.cut()


async def every(url: str, pieces: list[Payload], period_s: float) -> float:
    """Seconds from the first one's sending to the last one's result, one sent each period."""
    loop = asyncio.get_running_loop()
    async with raw_worker(url) as client:
        await _open(client, f"every-{len(pieces)}")
        begin = loop.time()
        for number, piece in enumerate(pieces):
            await asyncio.sleep(begin + number * period_s - loop.time())
            await client.send(number, audio=piece)
        results = [await client.expect("fragment:processed", RESULT_S) for _ in pieces]
        took_s = loop.time() - begin
        assert [result["status"] for result in results] == ["success"] * len(pieces), results[0].get("error")
    return took_s


async def _open(client: RawClient, name: str) -> None:
    await client.init(name, max_inflight=10, timeout_ms=30_000, **CONFIG)


def _note(tally: Tally, result: Payload) -> None:
    tally.order.append(result["sequence_number"])
    error: dict[str, Any] = result.get("error") or {}
    stage = error.get("stage") or ""
    tally.outcomes[(stage, error["code"]) if error else (stage, result["status"])] += 1
