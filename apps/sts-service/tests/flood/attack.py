"""The floods, run in a process of their own.

    python -m flood.attack NAME URL

Prints as JSON when the flood began and ended (seconds of the monotonic clock) and what its makers saw. Each
is bounded in count and in time, and repeated at once until it has lasted long enough for a percentile.
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from wire import verdict
from wire.payloads import audio_payload, fragment_payload, init_payload, sound
from wire.raw_client import RawClient, raw_worker

from flood.strangers import Stranger

Seen = dict[str, Any]

CONNECTIONS = 500
WITHIN_S = 0.9
"""A little less than the second, for a generator that is late at the end."""

MALFORMED = 10_000
MALFORMED_CONNECTIONS = 4
OVERSIZED_BYTES = 60_000_000
BURST = 200
DEAF_FRAGMENTS = 200
"""150 MB: several times what a service may keep for a client that does not read."""

SMALL_AUDIO, LARGE_AUDIO = 76_800, 591_360
"""Bytes; 100 KB and 770 KB of base64."""

FLOOD_S = 0.85
"""The witness takes nearly 70 samples in this time."""

CUT_WITHIN_S = 25.0

DEEP = "[" * 2000 + "]" * 2000
MALFORMED_FRAMES: list[str | bytes] = [
    "42",
    "42[",
    "42{}",
    "42[1,2,3]",
    "4",
    "47nonsense",
    "no packet at all",
    b"bytes that nothing announced",
    '42["fragment:data"]',
    '42["fragment:data",null]',
    '42["fragment:data",{"fragment_id":7,"audio":[]}]',
    '42["fragment:data",{"sequence_number":' + "9" * 400 + "}]",
    '42["stream:init",[]]',
    f'42["stream:init",{DEEP}]',
    '42["stream:pause",1e999]',
    '42["fragment:skip",{"stream_id":"x","sequence_numbers":"all"}]',
    '42["fragment:ack",true]',
    '42["no:such:event",{}]',
    '42["connect",{}]',
    '42["disconnect"]',
]


async def connections(url: str) -> Seen:
    """500 connections within a second, that then all leave at once."""
    strangers = [Stranger(url) for _ in range(CONNECTIONS)]
    answers = await asyncio.gather(
        *(stranger.join(number * WITHIN_S / CONNECTIONS) for number, stranger in enumerate(strangers))
    )
    asked = [stranger.asked_at for stranger in strangers]
    asked_s = max(asked) - min(asked)
    for stranger in strangers:
        stranger.leave()
    return {"asked_s": asked_s, "answers": Counter(answers)}


async def malformed(url: str) -> Seen:
    """10,000 events that are none, on connections with a session."""
    outcomes = await asyncio.gather(*(_malformed(url, number) for number in range(MALFORMED_CONNECTIONS)))
    return {
        "answered": sum(answered for answered, _ in outcomes),
        "still_served": [served for _, served in outcomes],
        "complaints": verdict.complaints[:20],
    }


async def _malformed(url: str, number: int) -> tuple[int, bool]:
    async with raw_worker(url) as client:
        await client.init(f"malformed-{number}")
        count = MALFORMED // MALFORMED_CONNECTIONS
        for turn in range(count):
            wrong = MALFORMED_FRAMES[turn % len(MALFORMED_FRAMES)]
            await (client.send_text(wrong) if isinstance(wrong, str) else client.send_bytes(wrong))
        await client.collect("error", count, timeout=30)
        fragment_id = await client.send(0)
        result = await client.result(fragment_id)
        return len(client.all("error")), result["status"] == "success"


async def oversized(url: str) -> Seen:
    """A 60 MB message in one frame, and one in frames of 1 MB."""
    part = "4" + "2" * (1_000_000 - 1)
    whole = part * (OVERSIZED_BYTES // len(part))
    parts = [part] * (OVERSIZED_BYTES // len(part))
    return {"cut_s": [await _cut_after(url, message) for message in (whole, parts)]}


async def _cut_after(url: str, message: str | list[str]) -> float:
    """Seconds until the connection was cut."""
    async with raw_worker(url) as client:
        await client.init("oversized")
        began = time.monotonic()
        await client.send_text(message)  # type: ignore[arg-type]
        await client.expect_end(CUT_WITHIN_S)
        return time.monotonic() - began


async def deaf(url: str) -> Seen:
    """A client that sends fragment after fragment and reads nothing."""
    address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    options: dict[str, Any] = {"compression": None, "max_queue": 1, "ping_interval": None, "proxy": None}
    sent = 0
    async with connect(address, close_timeout=0.5, **options) as connection:
        await connection.recv()
        await connection.send("40")
        await connection.recv()
        await connection.send("42" + json.dumps(["stream:init", init_payload("deaf", max_inflight=10)]))
        await connection.recv()
        audio = audio_payload(sound(0, LARGE_AUDIO))
        began = time.monotonic()
        try:
            async with asyncio.timeout(CUT_WITHIN_S):
                for sent in range(DEAF_FRAGMENTS):
                    fragment = fragment_payload(sent, stream_id="deaf", audio=audio)
                    await connection.send("42" + json.dumps(["fragment:data", fragment]))
                while True:
                    # Whoever does not read learns only by writing that the connection is gone.
                    await asyncio.sleep(0.1)
                    await connection.send("3")
        except ConnectionClosed:
            return {"sent": sent, "cut_s": time.monotonic() - began}
        except TimeoutError:
            return {"sent": sent, "cut_s": None}


async def burst(url: str) -> Seen:
    """200 fragments at once on one stream, whatever the server says."""
    async with raw_worker(url) as client:
        await client.init("burst", max_inflight=10)
        audio = audio_payload(sound(0, SMALL_AUDIO))
        for number in range(BURST):
            await client.send(number, audio=audio)
        # The last is accepted or refused; either way everything before it has been answered by then.
        last = await _first_answer(client, f"burst-{BURST - 1}")
        assert last in ("fragment:processed", "error")
        return {
            "processed": len(client.all("fragment:processed")),
            "refused": Counter(client.codes()),
            "complaints": verdict.complaints[:20],
        }


async def _first_answer(client: RawClient, fragment_id: str) -> str:
    """`fragment:processed` or `error`, whichever says what became of the fragment."""
    waits = {
        asyncio.create_task(client.answer(event, fragment_id, timeout=30), name=event)
        for event in ("fragment:processed", "error")
    }
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in pending:
        wait.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    return done.pop().get_name()


ATTACKS: dict[str, Callable[[str], Awaitable[Seen]]] = {
    attack.__name__: attack for attack in (connections, malformed, oversized, deaf, burst)
}


async def run(name: str, url: str) -> Seen:
    began = time.monotonic()
    rounds = []
    while time.monotonic() - began < FLOOD_S:
        rounds.append(await ATTACKS[name](url))
    return {"began": began, "ended": time.monotonic(), "rounds": rounds}


if __name__ == "__main__":
    # A real attacker has a machine of his own. This one shares two cores with the service and the witness and
    # must not slow them by making his noise: he steps back whenever they want to run.
    os.nice(10)
    json.dump(asyncio.run(run(sys.argv[1], sys.argv[2])), sys.stdout)
