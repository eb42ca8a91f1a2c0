"""AAC in MP4, as fragments of the protocol: copied, encoded, and read again.

What a decoder needs before the first sample (a frame of pre-roll, an encoder's priming) is in the file and
hidden by an edit list, and the edit list ends after the last sample, both in samples: the movie's clock is
the sound's rate. (FFmpeg obeys the beginning to the sample, the end only to the frame; `decode` obeys both.)
"""

import io
import itertools
from collections.abc import Iterable, Sequence
from fractions import Fraction

import av
import numpy as np

from fragment_audio.encoding import CodedFrame, coded
from fragment_audio.errors import Undecodable
from fragment_audio.format import FRAME_LENGTH, AudioFormat
from fragment_audio.reading import LONGEST_S, decode
from fragment_audio.samples import Samples
from fragment_audio.template import aac_template

__all__ = ["LONGEST_S", "copy", "decode", "encode"]


def copy(frames: Sequence[bytes], format: AudioFormat, preroll: bytes | None) -> bytes:
    """AAC frames without ADTS headers; `preroll` is the frame before them, decoded and not heard.

    Raises `Undecodable` where the muxer sees that they are something else.
    """
    config = format.aac_config
    if config is None or config.channels not in (1, 2):
        raise Undecodable(f"{format.codec} without a configuration cannot be copied")
    first = 0 if preroll is None else -1
    everything = frames if preroll is None else itertools.chain([preroll], frames)
    placed = (
        CodedFrame(data, number * FRAME_LENGTH, FRAME_LENGTH) for number, data in enumerate(everything, first)
    )
    try:
        return _file(placed, format.extradata, config.rate_hz, config.channels, aac_template())
    except av.FFmpegError as error:
        raise Undecodable(f"not frames of {format.codec}") from error


def encode(
    sound: Samples, *, rate_hz: int, bit_rate: int | None = None, preroll: Samples | None = None
) -> bytes:
    """To AAC-LC, as many channels; `preroll` is the sound before it, encoded and not heard.

    With a pre-roll, sound shorter than half a frame may be lost to FFmpeg's demuxer.
    """
    hidden = 0 if preroll is None else len(preroll)
    whole = sound if preroll is None else np.concatenate([preroll, sound])
    frames = coded(whole, rate_hz=rate_hz, bit_rate=bit_rate)
    placed = (CodedFrame(frame.data, frame.pts - hidden, frame.duration) for frame in frames.frames)
    return _file(placed, frames.config, rate_hz, frames.channels, aac_template())


def _file(
    frames: Iterable[CodedFrame], config: bytes, rate_hz: int, channels: int, template: av.AudioStream
) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="ipod", options={"movie_timescale": str(rate_hz)}) as container:
        stream = container.add_stream_from_template(template)
        codec = stream.codec_context
        codec.extradata = config
        codec.sample_rate = rate_hz
        codec.layout = "mono" if channels == 1 else "stereo"
        time_base = stream.time_base = Fraction(1, rate_hz)
        for frame in frames:
            packet = av.Packet(frame.data)
            packet.stream = stream
            packet.time_base = time_base
            packet.pts = packet.dts = frame.pts
            packet.duration = frame.duration
            packet.is_keyframe = True
            container.mux_one(packet)
    return file.getvalue()
