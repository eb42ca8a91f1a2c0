"""Access units of H.264 and H.265: their parameter sets, their size, their times, the boxes of them."""

import functools
import io
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import numpy as np
from fragment_audio.format import AacConfig
from media_service.audio.picture import AccessUnit, PictureFormat, mp4, parameter_sets, size_of, times

from fuzz.feed import Feed, piece
from fuzz.promises import hold

MOST_UNITS = 8


def one(data: bytes) -> None:
    feed = Feed(data)
    flags = feed.number()
    codec = "h265" if flags & 1 else "h264"
    coding = PictureFormat(codec, 0, 0, feed.piece() if flags & 2 else b"")  # type: ignore[arg-type]
    units: list[AccessUnit] = []
    while feed and len(units) < MOST_UNITS:
        pts_ns, dts_ns, key = feed.number(4, signed=True), feed.number(4, signed=True), feed.number() & 1
        units.append(AccessUnit(feed.piece(), pts_ns * 1000, dts_ns * 1000, bool(key)))
    found = parameter_sets(units, codec)  # type: ignore[arg-type]
    most = max((len(unit.data) for unit in units), default=0)
    hold(len(found) <= 2 * most + 8, "parameter sets are a part of what came")
    _check_times(units)
    AacConfig.parse(data)
    if not flags & 12:
        size = size_of(units, coding)
        hold(
            size is None or (0 < size[0] <= 16_384 and 0 < size[1] <= 16_384),
            "a size that a picture can have",
        )
    if flags & 16 and units:
        try:
            mp4(units, PictureFormat(codec, 64, 64, coding.codec_data or found), origin_ns=0)  # type: ignore[arg-type]
        except (ValueError, av.FFmpegError):
            return


def _check_times(units: list[AccessUnit]) -> None:
    last = None
    for pts, dts, duration in times(units, 0):
        hold(pts >= dts and (last is None or dts > last) and duration > 0, "times that a muxer takes")
        last = dts


@functools.cache
def coded(codec: str, width: int, height: int) -> tuple[bytes, ...]:
    """Access units with start codes."""
    file = io.BytesIO()
    with av.open(file, "w", format="h264" if codec == "libx264" else "hevc") as out:
        options = {"preset": "ultrafast", "x265-params": "log-level=none"}
        stream: Any = out.add_stream(codec, rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        packets = []
        for number in range(3):
            picture = np.full((height * 3 // 2, width), 40 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            packets += [bytes(packet) for packet in stream.encode(frame)]
        packets += [bytes(packet) for packet in stream.encode(None)]
    return tuple(packets)


def unit(number: int, data: bytes) -> bytes:
    stamp = (number * 40_000).to_bytes(4)
    return stamp + stamp + bytes([number == 0]) + piece(data)


def seeds() -> Iterator[bytes]:
    for codec, kind in (("libx264", 0), ("libx265", 1)):
        packets = coded(codec, 32, 32)
        # What an encoder says of itself is of no interest.
        yield bytes([kind]) + b"".join(unit(number, packet[-900:]) for number, packet in enumerate(packets))
        yield bytes([kind | 16]) + b"".join(
            unit(number, packet[-900:]) for number, packet in enumerate(packets)
        )
    yield b"\x02" + piece(b"\x01\x42\xc0\x0a\xff\xe1\0\0") + unit(0, b"\0\0\0\2\x65\x88")
