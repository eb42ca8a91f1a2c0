"""AAC in MP4, as fragments of the protocol: copied, encoded, and read again.

What a decoder needs before the first sample (a frame of pre-roll, an encoder's priming) is in the file and
hidden by an edit list, and the edit list ends after the last sample, both in samples: the movie's clock is
the sound's rate. (FFmpeg obeys the beginning to the sample, the end only to the frame; `decode` obeys both.)
"""

import functools
import io
import itertools
from collections.abc import Iterator, Sequence
from fractions import Fraction

import av
import numpy as np
import numpy.typing as npt

from media_service.audio.errors import Undecodable, UnreadableSound
from media_service.audio.format import FRAME_LENGTH, AacConfig, AudioFormat
from media_service.audio.mp4_bounds import check_bounds
from media_service.audio.resample import frame_of
from media_service.timeline.units import RATE_HZ, Sound

LONGEST_S = 61
_MOST_PACKETS = 12_000
"""61 s of the shortest frames at the highest rate, 96 kHz, and some."""
_RATES_HZ = range(7350, 96_001)
_READING = {"codec_whitelist": "aac", "max_streams": "4"}


def copy(frames: Sequence[bytes], format: AudioFormat, preroll: bytes | None) -> bytes:
    """AAC frames without ADTS headers; `preroll` is the frame before them, decoded and not heard.

    Raises `Undecodable` where the muxer sees that they are something else.
    """
    config = format.aac_config
    if config is None or config.channels not in (1, 2):
        raise Undecodable(f"{format.codec} without a configuration cannot be copied")
    try:
        return _copied(frames, format.extradata, config, preroll)
    except av.FFmpegError as error:
        raise Undecodable(f"not frames of {format.codec}") from error


def _copied(frames: Sequence[bytes], extradata: bytes, config: AacConfig, preroll: bytes | None) -> bytes:
    rate_hz = config.rate_hz
    first = 0 if preroll is None else -FRAME_LENGTH
    everything = frames if preroll is None else itertools.chain([preroll], frames)
    file = io.BytesIO()
    with av.open(file, "w", format="ipod", options={"movie_timescale": str(rate_hz)}) as container:
        stream = container.add_stream_from_template(_template())
        codec = stream.codec_context
        codec.extradata = extradata
        codec.sample_rate = rate_hz
        codec.layout = "mono" if config.channels == 1 else "stereo"
        time_base = stream.time_base = Fraction(1, rate_hz)
        for number, frame in enumerate(everything):
            packet = av.Packet(frame)
            packet.stream = stream
            packet.time_base = time_base
            packet.pts = packet.dts = first + number * FRAME_LENGTH
            packet.duration = FRAME_LENGTH
            packet.is_keyframe = True
            container.mux_one(packet)
    return file.getvalue()


def encode(sound: Sound, *, preroll: Sound | None = None, bit_rate: int = 128_000) -> bytes:
    """48 kHz stereo to AAC-LC; `preroll` is the sound before it, encoded and not heard.

    With a pre-roll, sound shorter than half a frame may be lost to FFmpeg's demuxer.
    """
    hidden = 0 if preroll is None else len(preroll)
    whole = sound if preroll is None else np.concatenate([preroll, sound])
    file = io.BytesIO()
    with av.open(file, "w", format="ipod", options={"movie_timescale": str(RATE_HZ)}) as container:
        stream = container.add_stream("aac", rate=RATE_HZ, bit_rate=bit_rate)
        stream.codec_context.options = {"aac_coder": "fast"}
        stream.codec_context.thread_count = 1
        stream.layout = "stereo"
        frame = frame_of(whole, RATE_HZ)
        frame.time_base = Fraction(1, RATE_HZ)
        frame.pts = -hidden
        for packet in itertools.chain(stream.encode(frame), stream.encode(None)):
            container.mux_one(packet)
    return file.getvalue()


def decode(data: bytes) -> tuple[npt.NDArray[np.float32], int]:
    """What the file means to be heard, shape (samples, 1 or 2), and its rate; the first 61 s of it."""
    check_bounds(data)
    try:
        with av.open(io.BytesIO(data), "r", format="mov", options=dict(_READING)) as container:
            return _decode(container, len(data))
    except UnreadableSound:
        raise
    except (av.FFmpegError, ValueError, LookupError, OverflowError, MemoryError) as error:
        raise UnreadableSound(f"not readable as M4A: {type(error).__name__}") from error


def _decode(container: av.container.InputContainer, size: int) -> tuple[npt.NDArray[np.float32], int]:
    if not container.streams.audio:
        raise UnreadableSound("no sound in this M4A")
    stream = container.streams.audio[0]
    codec = getattr(stream, "codec_context", None)
    if codec is None:  # a kind of sound that FFmpeg has no name for
        raise UnreadableSound("no AAC in this M4A")
    codec.thread_count = 1
    frames = _frames(container, stream, size)
    first = next(frames, None)
    if first is None:
        raise UnreadableSound("an M4A without a sample")
    rate_hz, channels = first.sample_rate, first.layout.nb_channels
    if rate_hz not in _RATES_HZ or channels not in (1, 2) or first.format.name != "fltp":
        raise UnreadableSound(f"{channels} channels at {rate_hz} Hz are no speech")
    kind = rate_hz, channels, first.format.name
    most = LONGEST_S * rate_hz
    if stream.duration is not None and stream.time_base is not None:
        # Where band replication doubles the rate, the container counts in the lower one; a time is a time.
        most = min(most, max(0, round(stream.duration * stream.time_base * rate_hz)))
    parts, total = [], 0
    for frame in itertools.chain([first], frames):
        # PyAV reads past the planes of a frame with over eight: a change must be seen before its samples.
        if (frame.sample_rate, frame.layout.nb_channels, frame.format.name) != kind:
            raise UnreadableSound("the format changes within this M4A")
        parts.append(frame.to_ndarray())
        total += frame.samples
        if total >= most:
            break
    sound = np.concatenate(parts, axis=1).T[:most].astype(np.float32, copy=False)
    if not np.isfinite(sound).all():
        raise UnreadableSound("samples that are no numbers")
    return np.ascontiguousarray(sound), rate_hz


def _frames(
    container: av.container.InputContainer, stream: av.AudioStream, size: int
) -> Iterator[av.AudioFrame]:
    """A table of samples may name the same bytes again and again: what is read is bounded by the size."""
    read = 0
    for number, packet in enumerate(container.demux(stream)):
        read += packet.size
        if number > _MOST_PACKETS or read > 2 * size:
            raise UnreadableSound("an M4A that never ends")
        yield from packet.decode()


@functools.cache
def _template() -> av.AudioStream:
    """A stream that the muxer takes for AAC without opening an encoder."""
    with io.BytesIO(encode(np.zeros((FRAME_LENGTH, 2), np.float32))) as file:
        return av.open(file, format="mov").streams.audio[0]
