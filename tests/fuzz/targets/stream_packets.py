"""Packets of a source's sound, of every codec that is read, broken in any way."""

import functools
import io
from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from fragment_audio.errors import Undecodable
from fragment_audio.format import AudioFormat
from fragment_audio.resample import frame_of
from media_service.audio.decoder import Piece, StreamDecoder

from fuzz.feed import Feed, piece
from fuzz.promises import hold

CODECS = (
    "aac",
    "mp3",
    "mp2",
    "ac3",
    "eac3",
    "opus",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_f32le",
    "pcm_alaw",
    "pcm_mulaw",
)
RATES_HZ = (48_000, 44_100, 8000, 7350, 96_000)
ASC = b"\x11\x90"
MOST_PACKETS = 24
MOST_SAMPLES_A_BYTE = 8 * 1152
"""Of the lane. A frame of MP3 may have 24 bytes and last 144 ms; one of Opus 1 byte and 120 ms."""


def one(data: bytes) -> None:
    feed = Feed(data)
    codec = CODECS[feed.number() % len(CODECS)]
    rate_hz, channels = RATES_HZ[feed.number() % len(RATES_HZ)], 1 + feed.number() % 8
    extradata = feed.take(feed.number() % 32)
    try:
        decoder = StreamDecoder(AudioFormat(codec, rate_hz, channels, extradata))
    except Undecodable:
        return
    pts_ns, total, given = 0, 0, 0
    for _ in range(MOST_PACKETS):
        if not feed:
            break
        pts_ns += feed.number(1, signed=True) * 10_000_000
        packet = feed.piece()
        given += len(packet)
        try:
            pieces = decoder.decode(packet, pts_ns)
        except Undecodable as wrong:
            hold(len(str(wrong)) < 100, "few words")
            continue
        total += _checked(pieces)
    total += _checked(decoder.flush())
    hold(total <= 100_000 + MOST_SAMPLES_A_BYTE * given, "not more than there can be")


def _checked(pieces: list[Piece]) -> int:
    for _, sound in pieces:
        hold(sound.dtype == np.float32 and sound.shape[1:] == (2,), "sound of the lane")
    return sum(len(sound) for _, sound in pieces)


@functools.cache
def _coded(codec: str, rate_hz: int, channels: int, container: str) -> tuple[bytes, tuple[bytes, ...]]:
    """Extradata and packets of some sound."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream: Any = out.add_stream(codec, rate=rate_hz, layout="mono" if channels == 1 else "stereo")
        noise = np.random.default_rng(1).normal(0, 0.1, (4096, channels)).astype(np.float32)
        fifo = av.AudioFifo()
        fifo.write(frame_of(noise, rate_hz))
        resampler = av.AudioResampler(stream.format.name, stream.layout.name, rate_hz)
        frame_size = stream.codec_context.frame_size or 1024
        packets = []
        while (frame := fifo.read(frame_size)) is not None:
            for made in resampler.resample(frame):
                made.pts = None
                packets += [bytes(packet) for packet in stream.encode(made)]
        packets += [bytes(packet) for packet in stream.encode(None)]
        extradata = bytes(stream.codec_context.extradata or b"")
    return extradata, tuple(packets[:3])


_ENCODERS = {"aac": "aac", "mp3": "libmp3lame", "mp2": "mp2", "ac3": "ac3", "eac3": "eac3", "opus": "libopus"}


def seeds() -> Iterator[bytes]:
    for number, codec in enumerate(CODECS):
        try:
            extradata, packets = _coded(_ENCODERS.get(codec, codec), 48_000, 1, "nut")
        except (av.FFmpegError, ValueError):
            extradata, packets = b"", (bytes(range(48)),)
        yield (
            bytes([number, 0, 0, len(extradata)])
            + extradata[:31]
            + b"".join(b"\x02" + piece(packet[:600]) for packet in packets)
        )
