"""Workers that keep the service busy and note what they are told."""

import asyncio
import heapq
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
BETWEEN_S = 0.02
"""From one fragment to the next: all of them sent at once would measure how fast this process can send."""


@dataclass(slots=True)
class Tally:
    """What one worker was told."""

    order: list[int] = field(default_factory=list)
    ack_ms: list[float] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Stage and code of the failures; the rest under its status."""
    refused: int = 0
    """For there were too many in flight; sent again later."""
    pressure: list[str] = field(default_factory=list)
    """The severities announced."""
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
    """Sends them all, at most `window` unanswered at a time, and ends the stream.

    What is refused for backpressure is sent again, once a result has come.
    """
    tally = Tally()
    loop = asyncio.get_running_loop()
    async with raw_worker(url) as client:
        await open_stream(client, name)
        left = list(range(len(pieces)))  # a heap: the refused ones go first
        sent_at: dict[str, float] = {}
        unanswered, is_held = 0, False
        while len(tally.order) < len(pieces):
            while left and unanswered < window and not is_held:
                number = heapq.heappop(left)
                sent_at[f"{name}-{number}"] = loop.time()
                await client.send(number, audio=pieces[number])
                unanswered += 1
                await asyncio.sleep(BETWEEN_S)
            answer = await client.next_of("fragment:processed", "error", timeout=RESULT_S)
            unanswered -= 1
            is_held = "code" in answer
            if is_held:
                assert (answer["code"], answer["retryable"]) == ("BACKPRESSURE_EXCEEDED", True), answer
                heapq.heappush(left, int(answer["fragment_id"].rpartition("-")[2]))
                tally.refused += 1
            else:
                _note(tally, answer)
        tally.complete = await client.complete(10)
        tally.pressure = [each["severity"] for each in client.all("backpressure")]
        tally.ack_ms = [
            (arrival.at_s - sent_at[arrival.payload["fragment_id"]]) * 1000
            for arrival in client.arrivals
            if arrival.event == "fragment:ack"
        ]
        assert len(client.all("fragment:processed")) == len(pieces), "none was answered twice"
    return tally


async def vanish(url: str, name: str, pieces: list[Payload]) -> None:
    """Sends them all at once, and is gone when they are accepted."""
    async with raw_worker(url) as client:
        await open_stream(client, name)
        for number, piece in enumerate(pieces):
            await client.accepted(number, audio=piece)
        client.cut()


async def every(url: str, pieces: list[Payload], period_s: float) -> float:
    """Seconds from the first one's sending to the last one's result, one sent each period."""
    loop = asyncio.get_running_loop()
    async with raw_worker(url) as client:
        await open_stream(client, f"every-{len(pieces)}")
        begin = loop.time()
        for number, piece in enumerate(pieces):
            await asyncio.sleep(begin + number * period_s - loop.time())
            await client.send(number, audio=piece)
        results = [await client.expect("fragment:processed", RESULT_S) for _ in pieces]
        took_s = loop.time() - begin
        assert [result["status"] for result in results] == ["success"] * len(pieces), results[0].get("error")
    return took_s


async def open_stream(client: RawClient, name: str) -> None:
    await client.init(name, max_inflight=10, timeout_ms=30_000, **CONFIG)


def _note(tally: Tally, result: Payload) -> None:
    tally.order.append(result["sequence_number"])
    error: dict[str, Any] = result.get("error") or {}
    stage = error.get("stage") or ""
    tally.outcomes[(stage, error["code"]) if error else (stage, result["status"])] += 1
