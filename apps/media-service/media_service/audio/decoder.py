"""The source's packets become samples of the lane.

A packet with PTS p comes out with its first sample at p. So nothing is skipped that a codec calls priming: a
live stream's PTS already belong to the decoded samples. In particular an OpusHead's pre-skip is not obeyed:
FFmpeg would drop those samples from the first packet and leave its PTS standing, which makes the whole stream
6.5 ms early.
"""

from fractions import Fraction

import av
from av.codec.context import Flags2
from fragment_audio.errors import Undecodable
from fragment_audio.format import AudioFormat
from fragment_audio.resample import Resampler

from media_service.audio.lane import both_sides, sound_of
from media_service.timeline.units import MS_NS, RATE_HZ, SECOND_NS, Sound

_NS = Fraction(1, SECOND_NS)
_SMALLEST_JUMP_NS = 15 * MS_NS
_LARGEST_JUMP_NS = 50 * MS_NS
_MOST_CHANNELS = 8

Piece = tuple[int, Sound]
"""PTS in nanoseconds of the first sample, and the samples."""


class StreamDecoder:
    """One connection's sound in one format. Blocking, well under a millisecond a packet; not thread-safe."""

    def __init__(self, format: AudioFormat) -> None:
        """Raises `Undecodable` where there is no such decoder."""
        self.format = format
        try:
            self._codec = _open(format)
        except (av.FFmpegError, ValueError) as error:
            raise Undecodable(f"no decoder for {format.codec}") from error
        self._resampler: Resampler | None = None
        self._kind: tuple[int, str, str] | None = None
        self._end_ns: int | None = None
        """PTS after the last sample decoded, where the next packet is due; None at the start of a run."""
        self._frame_ns = 0
        self._pieces: list[Piece] = []
        """Decoded and not yet handed over: a broken packet raises, and what came before it must not be lost.
        """

    def decode(self, data: bytes, pts_ns: int) -> list[Piece]:
        """Raises `Undecodable` for a broken packet and goes on with the next one."""
        if self._end_ns is not None and abs(pts_ns - self._end_ns) > self._jump_ns:
            self._end_run()
            self._codec.flush_buffers()
        if not data:  # an empty packet means the end of the stream to FFmpeg
            raise Undecodable(f"empty {self.format.codec} packet")
        packet = av.Packet(data)
        packet.time_base = _NS
        packet.pts = pts_ns
        try:
            for frame in self._codec.decode(packet):
                # Only the first frame of a packet has its PTS; the others follow it.
                self._take(frame, pts_ns if frame.pts is None else frame.pts)
                pts_ns = self._end_ns or pts_ns
        except (av.FFmpegError, ValueError) as error:
            self._end_run()
            raise Undecodable(f"broken {self.format.codec} packet of {len(data)} bytes") from error
        return self._handed_over()

    def flush(self) -> list[Piece]:
        """The rest; afterwards the decoder is as new."""
        try:
            for frame in self._codec.decode(None):
                self._take(frame, self._end_ns or 0)
        except (av.FFmpegError, ValueError):
            pass  # the rest of a broken stream
        self._end_run()
        self._codec.flush_buffers()
        return self._handed_over()

    @property
    def _jump_ns(self) -> int:
        """A lost packet is a jump, a container's rounding or a re-clocked transport stream is not."""
        return min(max(self._frame_ns * 9 // 10, _SMALLEST_JUMP_NS), _LARGEST_JUMP_NS)

    def _take(self, frame: av.AudioFrame, pts_ns: int) -> None:
        if not frame.samples or not frame.sample_rate:
            return
        if frame.layout.nb_channels > _MOST_CHANNELS:
            raise ValueError("more channels than a frame has planes")
        kind = (frame.sample_rate, frame.layout.name, frame.format.name)
        if kind != self._kind:
            self._end_run()
            self._kind = kind
        self._frame_ns = frame.samples * SECOND_NS // frame.sample_rate
        self._end_ns = pts_ns + self._frame_ns
        sound = sound_of(frame)
        if sound is not None:
            self._pieces.append((pts_ns, sound))
            return
        if self._resampler is None:
            self._resampler = Resampler(frame.sample_rate, frame.layout.nb_channels, to_hz=RATE_HZ)
        held_ns = self._resampler.lag_ns
        sound = both_sides(self._resampler.push(frame))
        if len(sound):
            self._pieces.append((pts_ns - held_ns, sound))

    def _end_run(self) -> None:
        """Sound on either side of a jump is not resampled together."""
        if self._resampler is not None and self._end_ns is not None:
            held_ns = self._resampler.lag_ns
            rest = both_sides(self._resampler.rest())
            if len(rest):
                self._pieces.append((self._end_ns - held_ns, rest))
        self._resampler = None
        self._end_ns = None

    def _handed_over(self) -> list[Piece]:
        pieces, self._pieces = self._pieces, []
        return pieces


def _open(format: AudioFormat) -> av.AudioCodecContext:
    codec = av.CodecContext.create(format.codec, "r")
    if not isinstance(codec, av.AudioCodecContext):
        raise ValueError(f"{format.codec} is not sound")
    codec.thread_count = 1
    codec.flags2 |= int(Flags2.skip_manual)
    if format.extradata:
        codec.extradata = format.extradata
    codec.sample_rate = format.rate_hz
    codec.layout = _LAYOUTS.get(format.channels, "stereo")
    codec.open()
    return codec


_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
