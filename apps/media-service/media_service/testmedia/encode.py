"""Encodes a programme with libavcodec, into units that a file of any kind can hold."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np

from media_service.testmedia import picture, sound
from media_service.testmedia.access import Kind, Unit
from media_service.testmedia.programme import Programme, within

AUDIO_ENCODERS = {"opus": "libopus", "mp3": "libmp3lame"}
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
_PCM_BLOCK = 960


@dataclass(frozen=True, eq=False)
class Encode:
    """What one encoder gave. `template` describes the stream to whatever file shall hold it."""

    template: Any
    units: list[Unit]
    container: Any
    """Kept only because the template lives in it."""


def video(programme: Programme, size: tuple[int, int], stream: int, numbers: list[int]) -> Encode:
    container = av.open(io.BytesIO(), "w", format="nut")
    codec = {"h264": "libx264", "h265": "libx265"}[programme.video or ""]
    output: Any = container.add_stream(codec, rate=programme.fps, options=_video_options(programme))
    output.width, output.height, output.pix_fmt = *size, "yuv420p"
    output.codec_context.time_base = 1 / programme.fps
    output.codec_context.bit_rate = programme.video_bit_rate
    # Slices would be the default: a key frame of several is more than some receivers can put together.
    output.codec_context.thread_type = "FRAME"
    container.start_encoding()
    painter = picture.Painter(*size)
    packets: list[Any] = []
    forced = _forced(programme, numbers)
    for number in numbers:
        planes = painter.frame(number, programme.second_of(number), programme.flash_of(number) is not None)
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = number, 1 / programme.fps
        if number in forced:
            frame.pict_type = av.video.frame.PictureType.I
        packets += output.encode(frame)
    packets += output.encode(None)
    return Encode(output, [_unit("video", packet, stream) for packet in packets], container)


def audio(programme: Programme) -> Encode:
    container = av.open(io.BytesIO(), "w", format="nut")
    name = programme.audio or ""
    output: Any = container.add_stream(AUDIO_ENCODERS.get(name, name), rate=programme.rate_hz)
    output.layout = _LAYOUTS[programme.channels]
    if not name.startswith("pcm"):
        output.bit_rate = programme.audio_bit_rate
    output.format = output.codec.audio_formats[0].name
    container.start_encoding()
    block = output.codec_context.frame_size or _PCM_BLOCK
    whole = sound.spread(sound.mono(programme), programme.channels)
    resampler = av.AudioResampler(output.format.name, output.layout.name, programme.rate_hz)
    packets: list[Any] = []
    for start in range(0, len(whole), block):
        part = np.ascontiguousarray(whole[start : start + block]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(part, format="flt", layout=_LAYOUTS[programme.channels])
        frame.sample_rate, frame.pts = programme.rate_hz, start
        frame.time_base = Fraction(1, programme.rate_hz)
        for converted in resampler.resample(frame):
            packets += output.encode(converted)
    packets += output.encode(None)
    units = [_unit("audio", packet, 0) for packet in packets]
    return Encode(output, [u for u in units if not within(u.pts_ns / 1e9, programme.audio_hole_s)], container)


def _forced(programme: Programme, numbers: list[int]) -> set[int]:
    """Frames that must be keyframes: the first after a break in the clock, and after a hole."""
    starts = [programme.jump_at_s, programme.video_hole_s[1] if programme.video_hole_s else None]
    firsts = (
        next((n for n in numbers if n / programme.fps >= at_s), None) for at_s in starts if at_s is not None
    )
    return {first for first in firsts if first is not None}


def _video_options(programme: Programme) -> dict[str, str]:
    gop = max(1, round(programme.gop_s * programme.fps))
    settings = f"keyint={gop}:min-keyint={gop}:scenecut=0:bframes={programme.b_frames}:b-adapt=0"
    settings += ":rc-lookahead=8:open-gop=0"
    kbps = programme.video_bit_rate // 1000
    if programme.constant_bit_rate:
        settings += f":vbv-maxrate={kbps}:vbv-bufsize={kbps}"
    if programme.video == "h265":
        settings += ":log-level=none:frame-threads=1:repeat-headers=0"
        return {"preset": "ultrafast", "forced-idr": "1", "x265-params": settings}
    if programme.constant_bit_rate:
        settings += ":nal-hrd=cbr"
    settings += ":threads=2:sync-lookahead=0"
    return {"preset": "superfast", "forced-idr": "1", "x264-params": settings}


def _unit(kind: Kind, packet: Any, stream: int) -> Unit:
    base = packet.time_base
    if packet.pts is None or packet.dts is None:
        raise ValueError(f"the encoder gave a {kind} packet without a time")
    ticks = packet.pts, packet.dts, packet.duration or 0
    pts_ns, dts_ns, duration_ns = (round(tick * base * 1_000_000_000) for tick in ticks)
    return Unit(kind, bytes(packet), pts_ns, dts_ns, duration_ns, packet.is_keyframe, stream)


def split(programme: Programme) -> Iterator[tuple[tuple[int, int], list[int]]]:
    """(size, frames) of each encode that the programme's picture takes."""
    numbers = list(programme.frames())
    at_s = programme.resize_at_s
    if at_s is None:
        yield (programme.width, programme.height), numbers
        return
    yield (programme.width, programme.height), [n for n in numbers if n / programme.fps < at_s]
    yield programme.resize_to, [n for n in numbers if n / programme.fps >= at_s]
