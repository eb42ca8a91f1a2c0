"""AAC in MP4 to samples: bounded in time, memory and formats whatever the bytes are."""

import io
import itertools
from collections.abc import Iterator

import av
import numpy as np

from fragment_audio.errors import UnreadableSound
from fragment_audio.mp4_bounds import check_bounds
from fragment_audio.samples import Samples

LONGEST_S = 61
_MOST_PACKETS = 12_000
"""61 s of the shortest frames at the highest rate, 96 kHz, and some."""
_RATES_HZ = range(7350, 96_001)
_READING = {"codec_whitelist": "aac", "max_streams": "4"}


def decode(data: bytes) -> tuple[Samples, int]:
    """What the file means to be heard, shape (samples, 1 or 2), and its rate; the first 61 s of it.

    Each channel lies in one piece.
    """
    check_bounds(data)
    try:
        with av.open(io.BytesIO(data), "r", format="mov", options=dict(_READING)) as container:
            return _decode(container, len(data))
    except UnreadableSound:
        raise
    except (av.FFmpegError, ValueError, LookupError, OverflowError, MemoryError) as error:
        raise UnreadableSound(f"not readable as M4A: {type(error).__name__}") from error


def _decode(container: av.container.InputContainer, size: int) -> tuple[Samples, int]:
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
    # One array from the start: a fifo would hold the sound two more times before it is one.
    sound, end = np.empty((channels, most), np.float32), 0
    for frame in itertools.chain([first], frames):
        if (frame.sample_rate, frame.layout.nb_channels, frame.format.name) != kind:
            raise UnreadableSound("the format changes within this M4A")
        taken = min(frame.samples, most - end)
        for row, plane in zip(sound, frame.planes, strict=True):
            # A plane is a buffer, which its stub does not say.
            row[end : end + taken] = np.frombuffer(plane, np.float32)[:taken]  # type: ignore[call-overload]
        end += taken
        if end >= most:
            break
    whole = sound[:, :end].T
    if not np.isfinite(whole).all():
        raise UnreadableSound("samples that are no numbers")
    return whole, rate_hz


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
