"""A quiet worker: one 100 KB fragment every 50 ms on each of four streams, each round trip timed.

    python -m flood.witness URL

Says `ready` once its streams are open, sends until its standard input is closed, then prints what it saw as
JSON. Times are seconds of the monotonic clock, which all processes of a machine share.
"""

import asyncio
import contextlib
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, field

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from wire.payloads import audio_payload, fragment_payload, init_payload, sound

EVERY_S = 0.05
AUDIO_BYTES = 76_800
"""100 KB of base64."""

STREAMS = 4
"""A quarter of a turn apart, so that a stall is sampled every 12.5 ms."""

ID_DIGITS = 8
PROCESSED = b'42["fragment:processed",{"fragment_id":"'
EXPECTED = (PROCESSED, b'42["fragment:ack"', b'42["stream:complete"', b'42["stream:closed"', b"41")
LAST_RESULTS_S = 5.0


@dataclass(slots=True)
class Sighting:
    """What one stream of the witness saw."""

    sent_at: list[float] = field(default_factory=list)
    trip_ms: list[float | None] = field(default_factory=list)
    """By sequence number; None where no result came."""
    unexpected: list[str] = field(default_factory=list)
    """Anything that a quiet worker should not be told."""


class Stream:
    def __init__(self, connection: ClientConnection, stream_id: str) -> None:
        self.seen = Sighting()
        self._news = asyncio.Event()
        self._connection = connection
        self._stream_id = stream_id
        # Only the id and the number differ, so a fragment costs next to nothing to make.
        payload = fragment_payload(
            0, stream_id=stream_id, fragment_id="ID", audio=audio_payload(sound(0, AUDIO_BYTES))
        )
        text = json.dumps(payload, separators=(",", ":"))
        self._before, rest = text.split("ID", 1)
        self._between, self._after = re.split('(?<="sequence_number":)0', rest, maxsplit=1)

    async def open(self) -> None:
        async with asyncio.timeout(10):
            await self._connection.recv()
            await self._connection.send("40")
            await self._connection.recv()
            await self._emit("stream:init", json.dumps(init_payload(self._stream_id, max_inflight=10)))
            answer = await self._connection.recv()
        assert str(answer).startswith('42["stream:ready"'), answer

    async def send_regularly(self, first_at: float) -> None:
        """Sends on time whether or not results come: a stall must not slow the one who measures it."""
        loop = asyncio.get_running_loop()
        while True:
            number = len(self.seen.sent_at)
            await asyncio.sleep(first_at + number * EVERY_S - loop.time())
            self.seen.sent_at.append(time.monotonic())
            self.seen.trip_ms.append(None)
            fragment = f"{self._before}{number:0{ID_DIGITS}d}{self._between}{number}{self._after}"
            await self._emit("fragment:data", fragment)

    async def listen(self) -> None:
        try:
            async for message in self._connection:
                text = message.encode() if isinstance(message, str) else message
                self._hear(text, time.monotonic())
        except ConnectionClosed as closed:
            self.seen.unexpected.append(f"the connection was closed: {closed}")

    async def all_answered(self) -> None:
        """Until the result of the last fragment is here: results come in order."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_RESULTS_S):
                while self.seen.trip_ms[-1] is None:
                    self._news.clear()
                    await self._news.wait()

    def _hear(self, text: bytes, now: float) -> None:
        if text.startswith(PROCESSED) and b'"status":"success"' in text[:400]:
            number = int(text[len(PROCESSED) : len(PROCESSED) + ID_DIGITS])
            self.seen.trip_ms[number] = (now - self.seen.sent_at[number]) * 1000
            self._news.set()
        elif text.startswith(PROCESSED) or not text.startswith(EXPECTED):
            self.seen.unexpected.append(text[:300].decode(errors="replace"))

    async def _emit(self, event: str, payload: str) -> None:
        await self._connection.send(f'42["{event}",{payload}]')


async def watch(url: str) -> list[Sighting]:
    address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    async with contextlib.AsyncExitStack() as stack:
        streams = []
        for number in range(STREAMS):
            connecting = connect(address, compression=None, max_size=None, ping_interval=None, proxy=None)
            streams.append(Stream(await stack.enter_async_context(connecting), f"witness-{number}"))
            await streams[-1].open()
        listeners = [asyncio.create_task(stream.listen()) for stream in streams]
        now = asyncio.get_running_loop().time()
        senders = [
            asyncio.create_task(stream.send_regularly(now + number * EVERY_S / STREAMS))
            for number, stream in enumerate(streams)
        ]
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        for sender in senders:
            sender.cancel()
        await asyncio.gather(*(stream.all_answered() for stream in streams))
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*senders, *listeners, return_exceptions=True)
    return [stream.seen for stream in streams]


if __name__ == "__main__":
    json.dump([asdict(seen) for seen in asyncio.run(watch(sys.argv[1]))], sys.stdout)
