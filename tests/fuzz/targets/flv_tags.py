"""FLV as an RTMP source sends it."""

from collections.abc import Iterator
from typing import Any

from media_service.errors import InputFailed
from media_service.pipeline.flv import FILE_HEADER, FlvDemuxer
from media_service.pipeline.packet import Packet

from fuzz.feed import Feed
from fuzz.promises import hold

HEADER = b"FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00"


def one(data: bytes) -> None:
    feed = Feed(data)
    step = 1 + feed.number()
    stream = (HEADER if feed.number() % 4 else b"") + feed.rest()
    whole, why = _read([stream])
    pieces, why_in_pieces = _read([stream[at : at + step] for at in range(0, len(stream), step)])
    hold((whole, why) == (pieces, why_in_pieces), "how the bytes come makes no difference")
    hold(sum(len(packet[0]) for packet in whole) <= len(stream), "nothing is made up")


def _read(pieces: list[bytes]) -> tuple[list[tuple[Any, ...]], str]:
    demuxer, packets = FlvDemuxer(), list[tuple[Any, ...]]()
    try:
        for some in pieces:
            for packet in demuxer.packets(some):
                packets.append(_told(packet))
    except InputFailed as failed:
        hold(str(failed).isprintable() and len(str(failed)) < 200, "a line for a person")
        return packets, str(failed)
    return packets, ""


def _told(packet: Packet) -> tuple[Any, ...]:
    return (
        packet.data,
        packet.track,
        packet.format,
        packet.pts_ns,
        packet.dts_ns,
        packet.duration_ns,
        packet.key,
    )


def _tag(kind: int, stamp_ms: int, body: bytes) -> bytes:
    head = bytes([kind]) + len(body).to_bytes(3) + (stamp_ms & 0xFFFFFF).to_bytes(3)
    return head + bytes([stamp_ms >> 24 & 0xFF]) + b"\0\0\0" + body + (11 + len(body)).to_bytes(4)


def seeds() -> Iterator[bytes]:
    aac = _tag(8, 0, b"\xaf\x00\x11\x90") + _tag(8, 21, b"\xaf\x01sound")
    avc = _tag(9, 0, b"\x17\x00\0\0\0avcC") + _tag(9, 40, b"\x27\x01\xff\xff\xf0picture")
    enhanced = _tag(9, 0, b"\x90hvc1hvcC") + _tag(9, 40, b"\xa1hvc1\0\0\1picture") + _tag(9, 41, b"\xa3hvc1x")
    wrapped = _tag(8, 0xFFFFFFF0, b"\x2fmp3") + _tag(8, 5, b"\x2fmp3") + _tag(18, 5, b"script")
    assert len(HEADER) == FILE_HEADER
    for stream in (
        aac,
        avc,
        aac + avc,
        enhanced,
        wrapped,
        _tag(8, 0, b"\x90Opus"),
        _tag(9, 0, b"\x12\0\0\0\0s"),
        b"",
    ):
        yield b"\x06\x01" + stream
    yield b"\x06\x00" + b"RTSP/1.0 200 OK\r\n"
