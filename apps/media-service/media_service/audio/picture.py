"""The picture's coded packets in an MP4, for the record of what came in."""

import functools
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

import av

from media_service.timeline.units import SECOND_NS

CLOCK_HZ = 90_000
_PARAMETER_SETS = {"h264": frozenset({7, 8}), "h265": frozenset({32, 33, 34})}
_NAMES = {"h264": "h264", "h265": "hevc"}


@dataclass(frozen=True)
class AccessUnit:
    data: bytes
    """With start codes, or with 4 byte lengths where the track has a configuration record."""
    pts_ns: int
    dts_ns: int
    keyframe: bool


@dataclass(frozen=True)
class PictureFormat:
    codec: Literal["h264", "h265"]
    width: int
    """0 where it is not known yet; `size_of` finds it out."""
    height: int
    codec_data: bytes = b""
    """avcC or hvcC record, or parameter sets with start codes, or nothing: then the units must bring them."""

    def with_configuration(self, codec_data: bytes) -> "PictureFormat":
        return replace(self, codec_data=codec_data)


def mp4(units: Sequence[AccessUnit], format: PictureFormat, *, origin_ns: int) -> bytes:
    """PTS in the file count from `origin_ns`; units in decoding order. Raises ValueError or FFmpeg's own."""
    if not format.codec_data:
        raise ValueError("a picture without parameter sets")
    if not format.width or not format.height:
        raise ValueError("a picture without a size")
    file = io.BytesIO()
    options = {"movie_timescale": str(CLOCK_HZ), "video_track_timescale": str(CLOCK_HZ)}
    with av.open(file, "w", format="mp4", options=options) as container:
        stream = container.add_stream_from_template(template(format.codec), opaque=True)
        codec = stream.codec_context
        codec.extradata = format.codec_data
        codec.width, codec.height = format.width, format.height
        time_base = stream.time_base = Fraction(1, CLOCK_HZ)
        for unit, (pts, dts, duration) in zip(units, times(units, origin_ns), strict=True):
            packet = av.Packet(unit.data)
            packet.stream = stream
            packet.time_base = time_base
            packet.pts, packet.dts, packet.duration = pts, dts, duration
            packet.is_keyframe = unit.keyframe
            container.mux_one(packet)
    return file.getvalue()


def size_of(units: Iterable[AccessUnit], format: PictureFormat) -> tuple[int, int] | None:
    """Width and height, by decoding the first keyframe: some milliseconds. None where there is none."""
    unit = next((unit for unit in units if unit.keyframe), None)
    if unit is None:
        return None
    decoder = av.CodecContext.create(_NAMES[format.codec], "r")
    decoder.thread_count = 1
    if format.codec_data:
        decoder.extradata = format.codec_data
    try:
        for packet in (av.Packet(unit.data), None):
            for frame in decoder.decode(packet):  # type: ignore[attr-defined]  # of a video codec
                return frame.width, frame.height
    except av.FFmpegError:
        return None
    return None


def parameter_sets(units: Iterable[AccessUnit], codec: Literal["h264", "h265"]) -> bytes:
    """Those of the first keyframe that brings any, with start codes; else nothing."""
    for unit in units:
        if unit.keyframe:
            found = [nal for nal in _nal_units(unit.data) if _kind(nal, codec) in _PARAMETER_SETS[codec]]
            if found:
                return b"".join(b"\0\0\0\1" + nal for nal in found)
    return b""


def _kind(nal: bytes, codec: str) -> int:
    return nal[0] & 31 if codec == "h264" else nal[0] >> 1 & 63


def _nal_units(data: bytes) -> Iterator[bytes]:
    at = data.find(b"\0\0\1")
    while at >= 0:
        following = data.find(b"\0\0\1", at + 3)
        nal = data[at + 3 : following if following >= 0 else len(data)].rstrip(b"\0")
        if nal:
            yield nal
        at = following


def times(units: Sequence[AccessUnit], origin_ns: int) -> Iterator[tuple[int, int, int]]:
    """PTS, DTS and duration. A muxer wants DTS that grow and PTS that are no earlier."""
    decoded: list[int] = []
    for unit in units:
        dts = ticks(unit.dts_ns - origin_ns)
        decoded.append(max(dts, decoded[-1] + 1) if decoded else dts)
    lasting = [following - dts for dts, following in pairwise(decoded)]
    lasting += lasting[-1:] or [CLOCK_HZ // 25] * len(units)
    for unit, dts, duration in zip(units, decoded, lasting, strict=True):
        yield max(ticks(unit.pts_ns - origin_ns), dts), dts, duration


def ticks(ns: int) -> int:
    return (2 * ns * CLOCK_HZ + SECOND_NS) // (2 * SECOND_NS)


@functools.cache
def template(codec: str) -> av.VideoStream:
    """A stream that the muxer takes for this codec; size and parameter sets are put in by whoever uses it."""
    delimiter = b"\0\0\0\1\x09\xf0" if codec == "h264" else b"\0\0\0\1\x46\x01\x50"
    return av.open(io.BytesIO(delimiter), "r", format=_NAMES[codec]).streams.video[0]
