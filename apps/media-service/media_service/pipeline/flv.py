"""FLV tags to packets, for RTMP sources.

By hand, because GStreamer's demuxer takes a timestamp that goes back for a wrap and mends each track by
itself, which leaves sound and picture up to a frame apart for ever. Here the stamps stay as the source wrote
them. The FLV specification, version 10.1, annex E, and Enhanced RTMP for H.265.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from fragment_audio.format import AacConfig, AudioFormat

from media_service.errors import InputFailed
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.timeline.epochs import Track
from media_service.timeline.units import MS_NS, SECOND_NS

TAG_HEADER = 11
FILE_HEADER = 13
"""The signature with its length, and the size of the tag before the first."""
LARGEST_TAG = 8 * 1024 * 1024
"""Bytes; no live encoder's keyframe comes near, and a stream that has gone out of step soon asks for more."""
AUDIO, VIDEO, SCRIPT = 8, 9, 18
KEYFRAME = 1
HEADER, ACCESS_UNIT, NEITHER = 0, 1, 2
"""What a video tag holds."""
VIDEO_CODECS = {7: "h264", 12: "h265"}
ENHANCED_CODECS = {b"hvc1": "h265", b"avc1": "h264"}
OTHER_VIDEO = {2: "Sorenson H.263", 3: "Screen Video", 4: "VP6", 5: "VP6 with alpha", 6: "Screen Video 2"}
AUDIO_CODECS = {2: "mp3", 7: "pcm_alaw", 8: "pcm_mulaw", 10: "aac", 14: "mp3"}
OTHER_AUDIO = {0: "PCM", 1: "ADPCM", 3: "PCM", 4: "Nellymoser", 5: "Nellymoser", 6: "Nellymoser", 11: "Speex"}


@dataclass
class FlvDemuxer:
    """Fed with bytes as they come; `packets` gives what has become whole."""

    audio: AudioFormat | None = None
    video: VideoFormat | None = None
    _rest: bytearray = field(default_factory=bytearray)
    _begun: bool = False
    _high: int = 0
    _last: int | None = None

    def packets(self, data: bytes) -> Iterator[Packet]:
        """Raises `InputFailed` for what is not FLV or cannot be carried. A codec that cannot, after one that
        could, is damage on the way, or for the next connection to confirm: to be tried again.
        """
        self._rest += data
        if not self._begun:
            if len(self._rest) < FILE_HEADER:
                return
            if not self._rest.startswith(b"FLV"):
                raise InputFailed("the source does not send FLV", retryable=False)
            del self._rest[:FILE_HEADER]
            self._begun = True
        at = 0
        while len(self._rest) - at >= TAG_HEADER:
            kind = self._rest[at] & 0x1F
            size = int.from_bytes(self._rest[at + 1 : at + 4])
            if kind not in (AUDIO, VIDEO, SCRIPT) or size > LARGEST_TAG:
                raise InputFailed(f"the source's FLV is broken: a tag of type {kind} with {size} bytes")
            end = at + TAG_HEADER + size
            if len(self._rest) < end + 4:
                break
            stamp = int.from_bytes(self._rest[at + 4 : at + 7]) | self._rest[at + 7] << 24
            body = bytes(self._rest[at + TAG_HEADER : end])
            at = end + 4
            packet = self._packet(kind, stamp, body)
            if packet is not None:
                yield packet
        del self._rest[:at]

    def _packet(self, kind: int, stamp_ms: int, body: bytes) -> Packet | None:
        if kind == AUDIO and len(body) > 1:
            return self._sound(self._unwrapped(stamp_ms), body)
        if kind == VIDEO and len(body) > 5:
            return self._picture(self._unwrapped(stamp_ms), body)
        return None

    def _unwrapped(self, stamp_ms: int) -> int:
        """Nanoseconds; the 32 bits wrap after 49 days."""
        if self._last is not None:
            if self._last - stamp_ms > 1 << 31:
                self._high += 1 << 32
            elif stamp_ms - self._last > 1 << 31 and self._high:
                self._high -= 1 << 32
        self._last = stamp_ms
        return (self._high + stamp_ms) * MS_NS

    def _sound(self, stamp_ns: int, body: bytes) -> Packet | None:
        code = body[0] >> 4
        codec = AUDIO_CODECS.get(code)
        if codec is None:
            name = _four_letters(body) if code == 9 else OTHER_AUDIO.get(code, f"FLV codec {code}")
            problem = f"the source's sound is {name}, which is not supported"
            raise InputFailed(problem, retryable=self.audio is not None)
        if codec == "aac":
            return self._aac(stamp_ns, body)
        rate = 8000 if codec != "mp3" or code == 14 else (5512, 11025, 22050, 44100)[body[0] >> 2 & 3]
        sound = AudioFormat(codec, rate, 1 + (body[0] & 1))
        if self.audio != sound:
            self.audio = sound
        return Packet(Track.AUDIO, sound, body[1:], stamp_ns, stamp_ns, 0)

    def _aac(self, stamp_ns: int, body: bytes) -> Packet | None:
        if body[1] == HEADER:
            self.audio = aac_format(body[2:])
            return None
        if self.audio is None or self.audio.codec != "aac" or len(body) < 3:
            return None
        duration = 1024 * SECOND_NS // self.audio.rate_hz
        return Packet(Track.AUDIO, self.audio, body[2:], stamp_ns, stamp_ns, duration)

    def _picture(self, stamp_ns: int, body: bytes) -> Packet | None:
        read = _enhanced(body) if body[0] & 0x80 else _plain(body)
        if isinstance(read, str):
            problem = f"the source's video is {read}; only H.264 and H.265 are supported"
            raise InputFailed(problem, retryable=self.video is not None)
        codec, kind, delay_ms, payload = read
        if kind == HEADER:
            self.video = VideoFormat(codec, payload)
            return None
        if kind != ACCESS_UNIT or self.video is None or not payload:
            return None
        key = (body[0] >> 4 & 7) == KEYFRAME
        return Packet(Track.VIDEO, self.video, payload, stamp_ns + delay_ms * MS_NS, stamp_ns, 0, key)


def _plain(body: bytes) -> tuple[str, int, int, bytes] | str:
    """Codec, what it holds, composition time, payload; or the name of a codec that cannot be carried."""
    number = body[0] & 0x0F
    codec = VIDEO_CODECS.get(number)
    if codec is None:
        return OTHER_VIDEO.get(number, f"FLV codec {number}")
    return codec, body[1], int.from_bytes(body[2:5], signed=True), body[5:]


def _enhanced(body: bytes) -> tuple[str, int, int, bytes] | str:
    """The same for a tag whose codec is four letters."""
    codec = ENHANCED_CODECS.get(body[1:5])
    if codec is None:
        return _four_letters(body)
    kind = body[0] & 0x0F
    if kind == 0:
        return codec, HEADER, 0, body[5:]
    if kind == 1 and len(body) > 8:
        return codec, ACCESS_UNIT, int.from_bytes(body[5:8], signed=True), body[8:]
    if kind == 3:
        return codec, ACCESS_UNIT, 0, body[5:]
    return codec, NEITHER, 0, b""


def _four_letters(body: bytes) -> str:
    """A codec's name as the source wrote it, fit for a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in body[1:5].decode("ascii", "replace"))


def aac_format(config: bytes) -> AudioFormat:
    """What an AudioSpecificConfig says. Raises `InputFailed` for one that says nothing sensible."""
    known = AacConfig.parse(config)
    if known is None or not 7350 <= known.rate_hz <= 192_000:
        raise InputFailed("the source's AAC header is broken")
    return AudioFormat("aac", known.rate_hz, known.channels or 2, config)
