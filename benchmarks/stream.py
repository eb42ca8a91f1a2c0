"""A worker's stream, cheap enough that the service is what limits it.

Frames go out as they were built beforehand. Of what comes in only the first bytes are looked at, the rest is
counted.
"""

import asyncio
import base64
import os
import re
from time import perf_counter
from typing import cast

from benchmarks.frames import (
    CLOSE,
    NUMBER_DIGITS,
    PONG,
    TEXT,
    Audio,
    Fragments,
    event_frame,
    frame,
    init_frame,
    new_mask,
)

START_SIZE = 256
"""Bytes of a message that are looked at."""

ACK = b'42["fragment:ack",{"fragment_id":"'
PROCESSED = b'42["fragment:processed",{"fragment_id":"'


class StreamFailed(Exception):
    """The service said or did what it should not."""


class StreamRefused(StreamFailed):
    """It did not let the stream in; the words are its own."""


class Stream(asyncio.BufferedProtocol):
    """One connection. Times are `perf_counter` seconds, by sequence number; 0.0 is "not yet"."""

    def __init__(self, stream_id: str, audio: Audio, count: int, in_flight: int = 3) -> None:
        self.stream_id = stream_id
        self.count = count
        self.in_flight = in_flight
        self.sent_at = [0.0] * count
        self.acked_at = [0.0] * count
        self.processed_at = [0.0] * count
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.all_processed: asyncio.Future[None] = loop.create_future()
        self.complete: asyncio.Future[None] = loop.create_future()
        self.is_strict = True
        """A fragment that fails is an error of the service, and not only counted."""
        self.failed = 0
        self.kept: bytearray | None = None
        """Set it to keep the next messages whole."""
        self._mask = new_mask()
        self._fragments = Fragments.build(stream_id, audio, count, self._mask)
        self._sent = self._processed = 0
        self._refill = False
        self._transport: asyncio.Transport
        self._room = memoryview(bytearray(256 * 1024))
        self._upgrade: bytearray | None = bytearray()
        self._start = bytearray()
        self._rest = 0

    async def open(self, port: int) -> None:
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        async with asyncio.timeout(20):
            await self.ready

    def run(self) -> None:
        """Sends all fragments, `in_flight` at a time."""
        self._refill = True
        for _ in range(min(self.in_flight, self.count)):
            self.send()

    def send(self) -> None:
        """Sends the next fragment now."""
        number = self._sent
        self._sent += 1
        self.sent_at[number] = perf_counter()
        self._transport.writelines((self._fragments.heads[number], self._fragments.tail))

    def waits_s(self, lost_s: float) -> list[float]:
        """From the sending of each fragment to its result; `lost_s` for one that has none."""
        both = zip(self.sent_at, self.processed_at, strict=True)
        return [done - sent if done else lost_s for sent, done in both if sent]

    async def close(self) -> None:
        """Ends the stream as a worker does."""
        self._transport.write(event_frame("stream:end", {"stream_id": self.stream_id}, self._mask))
        async with asyncio.timeout(20):
            await self.complete
        self._transport.write(frame(CLOSE, (1000).to_bytes(2, "big"), self._mask))
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's by inheritance.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=1 << 30)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            "Host: 127.0.0.1",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
        ]
        self._transport.write("\r\n".join([*lines, "", ""]).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"{self.stream_id}: the connection is gone ({exc})")

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        try:
            if self._upgrade is None:
                self._read(self._room[:nbytes])
            else:
                self._read_upgrade(self._upgrade, self._room[:nbytes])
        except StreamFailed as problem:
            self._fail(str(problem))

    def _read_upgrade(self, upgrade: bytearray, data: memoryview) -> None:
        upgrade += data
        head, end, frames = upgrade.partition(b"\r\n\r\n")
        if not end:
            return
        if not head.startswith(b"HTTP/1.1 101"):
            raise StreamFailed(f"{self.stream_id}: no WebSocket: {bytes(head[:200])!r}")
        self._upgrade = None
        self._read(memoryview(frames))

    def _read(self, data: memoryview) -> None:
        at, size = 0, len(data)
        while at < size:
            if self._rest:
                step = min(self._rest, size - at)
                if self.kept is not None:
                    self.kept += data[at : at + step]
                self._rest -= step
                at += step
                if not self._rest:
                    self._message()
                continue
            header, length = self._measure()
            step = min(header + min(length, START_SIZE) - len(self._start), size - at)
            self._start += data[at : at + step]
            at += step
            header, length = self._measure()
            if len(self._start) == header + min(length, START_SIZE):
                self._rest = length - min(length, START_SIZE)
                if self.kept is not None:
                    self.kept[:] = self._start[header:]
                if not self._rest:
                    self._message()

    def _measure(self) -> tuple[int, int]:
        """Size of the frame's header and of its payload (0 while that is not known)."""
        start = self._start
        if len(start) < 2:
            return 2, 0
        short = start[1]
        header = 2 if short < 126 else 4 if short == 126 else 10
        if header == 2 or len(start) < header:
            return header, short if header == 2 else 0
        return header, int.from_bytes(start[2:header], "big")

    def _message(self) -> None:
        header, _ = self._measure()
        opcode, text = self._start[0], bytes(self._start[header:])
        self._start.clear()
        match opcode:
            case 0x81:
                self._text(text)
            case 0x89:
                self._transport.write(frame(PONG, text, self._mask))
            case 0x88:
                raise StreamFailed(f"{self.stream_id}: closed by the service: {text[2:]!r}")
            case _:
                raise StreamFailed(f"{self.stream_id}: a frame that begins with {opcode:#x}")

    def _text(self, text: bytes) -> None:
        if text.startswith(PROCESSED):
            self._on_processed(int(text[len(PROCESSED) : len(PROCESSED) + NUMBER_DIGITS]), text)
        elif text.startswith(ACK):
            self.acked_at[int(text[len(ACK) : len(ACK) + NUMBER_DIGITS])] = perf_counter()
        elif text.startswith(b"0"):
            self._transport.write(frame(TEXT, b"40", self._mask))
        elif text.startswith(b"40"):
            self._transport.write(init_frame(self.stream_id, self.in_flight, self._mask))
        elif text.startswith(b'42["stream:ready"'):
            self.ready.set_result(None)
        elif text.startswith(b'42["stream:complete"'):
            self.complete.set_result(None)
        elif text == b"2":
            self._transport.write(frame(TEXT, b"3", self._mask))
        elif text.startswith(b'42["error"') and not self.ready.done():
            self.ready.set_exception(StreamRefused(_told(text)))
            self._transport.close()
        elif not text.startswith((b"41", b'42["stream:closed"')):
            raise StreamFailed(f"{self.stream_id}: not expected: {text!r}")

    def _on_processed(self, number: int, text: bytes) -> None:
        self.processed_at[number] = perf_counter()
        if self.is_strict and b'"status":"success"' not in text:
            raise StreamFailed(f"{self.stream_id}: fragment {number} did not succeed: {text!r}")
        self.failed += b'"status":"failed"' in text
        self._transport.write(self._fragments.acks[number])
        self._processed += 1
        if self._refill and self._sent < self.count:
            self.send()
        if self._processed == self.count:
            self.all_processed.set_result(None)

    def _fail(self, problem: str) -> None:
        for awaited in (self.ready, self.all_processed, self.complete):
            if not awaited.done():
                awaited.set_exception(StreamFailed(problem))
                awaited.exception()  # marks it as looked at: not every one is awaited
        self._transport.close()


def _told(error: bytes) -> str:
    """The message of an `error` event, of which the beginning is here."""
    found = re.search(rb'"message":"((?:[^"\\]|\\.)*)', error)
    return found[1].decode(errors="replace") if found else repr(error)
