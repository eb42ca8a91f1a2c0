"""Servers that never come to an end: what each says when somebody connects to it."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

from hostile_sources.house import OUTSIDE

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
PIECE = 64 * 1024


@contextlib.asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[int]:
    talking: set[asyncio.Task[None]] = set()

    async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talking.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.transport.abort()
        talking.discard(task)

    made = await asyncio.start_server(come, OUTSIDE, 0)
    try:
        yield made.sockets[0].getsockname()[1]
    finally:
        made.close()
        for task in list(talking):
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def _for_ever(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """At some 150 MB a second, as fast as a network is."""
    while True:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(len(piece) / PIECE * 0.0004)


async def silent(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    await asyncio.sleep(600)


async def garbage(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _for_ever(writer, bytes(range(256)) * (PIECE // 256))


# RTSP


async def rtsp_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n")
    await _for_ever(writer, b"X-Header: " + b"a" * 4000 + b"\r\n")


async def rtsp_one_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nX-Header: ")
    await _for_ever(writer, b"a" * PIECE)


async def rtsp_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4000000000\r\n\r\n")
    await _for_ever(writer, b"a" * PIECE)


async def rtsp_interleaved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await _for_ever(writer, b"$\x07\xff\xff" + b"a" * 65_535)


# RTMP


async def _shaken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    hello = await reader.readexactly(1537)
    writer.write(b"\x03" + bytes(1536) + hello[1:])
    await reader.readexactly(1536)


def _chunk(stream: int, length: int, kind: int, data: bytes) -> bytes:
    """A chunk with a whole header; streams from 64 on."""
    number = stream - 64
    return (
        bytes([1, number & 255, number >> 8])
        + b"\0\0\0"
        + length.to_bytes(3)
        + bytes([kind, 0, 0, 0, 0])
        + data
    )


async def rtmp_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _shaken(reader, writer)
    await asyncio.sleep(600)


async def rtmp_many_begun(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Each begins a message of 16 MB, and none goes on."""
    await _shaken(reader, writer)
    for number in range(64, 65_599):
        writer.write(_chunk(number, 0xFFFFFF, 9, bytes(128)))
        await writer.drain()
    await asyncio.sleep(600)


async def rtmp_large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """In chunks of 2 GB, messages of 16 MB that nobody has asked for."""
    await _shaken(reader, writer)
    writer.write(b"\x02\0\0\0\0\0\4\1\0\0\0\0" + struct.pack(">I", 0x7FFFFFFF))
    await _for_ever(writer, _chunk(70, 0xFFFFFF, 9, bytes(0xFFFFFF)))


async def rtmp_nested(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer that holds objects in objects, as deep as a message is long."""
    await _shaken(reader, writer)
    writer.write(b"\x02\0\0\0\0\0\4\1\0\0\0\0" + struct.pack(">I", 0x7FFFFFFF))
    deep = b"\x02\0\7_result\0\x3f\xf0\0\0\0\0\0\0" + b"\x03\0\1a" * 4_000_000
    writer.write(_chunk(70, len(deep), 20, deep))
    await asyncio.sleep(600)
