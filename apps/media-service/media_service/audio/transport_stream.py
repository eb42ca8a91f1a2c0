"""A stretch of a stream in a piece of MPEG-TS that plays by itself, with the stamps of media time."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from fragment_audio.format import AudioFormat
from fragment_audio.template import aac_template

from media_service.audio.picture import CLOCK_HZ, AccessUnit, PictureFormat, template, ticks, times
from media_service.timeline.units import SECOND_NS

HEADROOM_NS = 10 * SECOND_NS
"""Stamp of media time 0: what lies before it is not negative."""
_OPTIONS = {
    "mpegts_copyts": "1",
    # Each piece counts its packets from 0: a reader of several must not take that for a loss.
    "mpegts_flags": "initial_discontinuity",
    "max_delay": "100000",
    "avoid_negative_ts": "disabled",
}
_CLOCK = Fraction(1, CLOCK_HZ)

Stamped = tuple[int, int, int, bytes, bool]
"""PTS, DTS and duration in ticks; data; keyframe."""


@dataclass(frozen=True, slots=True)
class SoundFrame:
    """One AAC frame, without a header."""

    pts_ns: int
    data: bytes


def transport_stream(
    units: Sequence[AccessUnit],
    picture: PictureFormat | None,
    frames: Sequence[SoundFrame],
    sound: AudioFormat | None,
) -> bytes:
    """A track without packets is left out. Raises ValueError or FFmpeg's own for what cannot be carried."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts", options=_OPTIONS) as container:
        packets: list[tuple[Any, Stamped]] = []
        if units and picture is not None:
            packets += _of(_picture_track(container, picture), _pictures(units))
        if frames and sound is not None:
            packets += _of(_sound_track(container, sound), _sounds(frames, sound))
        packets.sort(key=lambda item: item[1][1])
        for stream, (pts, dts, duration, data, key) in packets:
            packet = av.Packet(data)
            packet.stream = stream
            packet.time_base = _CLOCK
            packet.pts, packet.dts, packet.duration = pts, dts, duration
            packet.is_keyframe = key
            container.mux_one(packet)
    return file.getvalue()


def _of(stream: Any, stamped: Iterator[Stamped]) -> Iterator[tuple[Any, Stamped]]:
    return ((stream, packet) for packet in stamped)


def _picture_track(container: Any, picture: PictureFormat) -> Any:
    stream = container.add_stream_from_template(template(picture.codec), opaque=True)
    # The muxer writes it before each keyframe that does not bring its own.
    stream.codec_context.extradata = picture.codec_data or None
    stream.time_base = _CLOCK
    return stream


def _sound_track(container: Any, sound: AudioFormat) -> Any:
    stream = container.add_stream_from_template(aac_template())
    codec = stream.codec_context
    codec.extradata = sound.extradata
    codec.sample_rate = sound.rate_hz
    codec.layout = "mono" if sound.channels == 1 else "stereo"
    stream.time_base = _CLOCK
    return stream


def _pictures(units: Sequence[AccessUnit]) -> Iterator[Stamped]:
    for unit, (pts, dts, duration) in zip(units, times(units, -HEADROOM_NS), strict=True):
        yield pts, dts, duration, unit.data, unit.keyframe


def _sounds(frames: Sequence[SoundFrame], sound: AudioFormat) -> Iterator[Stamped]:
    duration = 1024 * CLOCK_HZ // sound.rate_hz
    last = -1
    for frame in frames:
        last = max(ticks(frame.pts_ns + HEADROOM_NS), last + 1)
        yield last, last, duration, frame.data, True
