"""Sound of the lane to AAC, as it comes."""

from fractions import Fraction

import av
from fragment_audio.format import AudioFormat
from fragment_audio.resample import frame_of

from media_service.audio.transport_stream import SoundFrame
from media_service.timeline.units import CHANNELS, RATE_HZ, Sound, ns_of

_BIT_RATE = 128_000


class StreamEncoder:
    """One run of sound without a gap. Blocking, some milliseconds a second of sound; not thread-safe."""

    def __init__(self, start: int) -> None:
        """`start`: the lane's sample that comes first."""
        self._next = start
        self._codec = av.CodecContext.create("aac", "w")
        self._codec.sample_rate = RATE_HZ
        self._codec.format = "fltp"
        self._codec.layout = "stereo"
        self._codec.bit_rate = _BIT_RATE
        self._codec.time_base = Fraction(1, RATE_HZ)
        self._codec.options = {"aac_coder": "fast"}
        self._codec.thread_count = 1
        self._codec.open()
        self.format = AudioFormat("aac", RATE_HZ, CHANNELS, bytes(self._codec.extradata or b""))

    @property
    def next(self) -> int:
        """The lane's sample that it waits for."""
        return self._next

    def encode(self, sound: Sound) -> list[SoundFrame]:
        """What is ready; a frame's stamp is that of the sound in it, an encoder's delay taken out."""
        frame = frame_of(sound, RATE_HZ)
        frame.time_base = self._codec.time_base
        frame.pts = self._next
        self._next += len(sound)
        return [SoundFrame(ns_of(packet.pts or 0), bytes(packet)) for packet in self._codec.encode(frame)]
