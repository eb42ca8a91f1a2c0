"""How a track of sound is coded, as its container announced it."""

from dataclasses import dataclass

from fragment_audio.bits import Bits

FRAGMENT_RATES_HZ = frozenset({8000, 16000, 22050, 24000, 44100, 48000})
FRAME_LENGTH = 1024
"""Samples of one AAC-LC frame."""

_AAC_LC = 2
_EXPLICIT_SBR = (5, 29)
_SYNC_EXTENSION = 0x2B7
_RATES_HZ = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_LOWEST_RATE_WITHOUT_HIDDEN_SBR_HZ = 32000
_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8}


@dataclass(frozen=True)
class AacConfig:
    """An AudioSpecificConfig (ISO 14496-3, 1.6.2.1), as far as anybody here wants to know."""

    object_type: int
    rate_hz: int
    channels: int
    """0: described inside the stream."""
    short_frames: bool
    """960 samples a frame, not 1024."""
    sbr: bool | None
    """Spectral band replication; None where the configuration does not say."""

    @classmethod
    def parse(cls, extradata: bytes) -> "AacConfig | None":
        """None where the bytes are no such configuration."""
        bits = _ConfigBits(extradata)
        try:
            return cls._read(bits)
        except (EOFError, IndexError, KeyError):
            return None

    @classmethod
    def _read(cls, bits: "_ConfigBits") -> "AacConfig":
        object_type = bits.object_type()
        rate_hz = bits.rate_hz()
        channel_code = bits.take(4)
        sbr: bool | None = None
        if object_type in _EXPLICIT_SBR:
            return cls(object_type, rate_hz, _CHANNELS[channel_code], short_frames=False, sbr=True)
        short_frames = bool(bits.take(1))
        if bits.take(1):  # depends on a core coder, whose delay follows
            bits.take(14)
        bits.take(1)
        if channel_code == 0:
            return cls(object_type, rate_hz, 0, short_frames, sbr=None)
        if bits.left >= 17 and bits.take(11) == _SYNC_EXTENSION and bits.object_type() in _EXPLICIT_SBR:
            sbr = bool(bits.take(1))
        return cls(object_type, rate_hz, _CHANNELS[channel_code], short_frames, sbr)


class _ConfigBits(Bits):
    def object_type(self) -> int:
        kind = self.take(5)
        return kind if kind != 31 else 32 + self.take(6)

    def rate_hz(self) -> int:
        code = self.take(4)
        return self.take(24) if code == 15 else _RATES_HZ[code]


@dataclass(frozen=True)
class AudioFormat:
    codec: str
    """FFmpeg's name: "aac", "opus", "mp3", "mp2", "ac3", "eac3", "pcm_s16le", "pcm_alaw", "pcm_mulaw" ..."""
    rate_hz: int
    channels: int
    extradata: bytes = b""
    """AudioSpecificConfig for AAC without ADTS headers, OpusHead for Opus."""

    @property
    def aac_config(self) -> AacConfig | None:
        return AacConfig.parse(self.extradata) if self.codec == "aac" and self.extradata else None

    @property
    def is_aac_lc(self) -> bool:
        """Plain AAC-LC with 1024 samples a frame, by what the configuration says."""
        config = self.aac_config
        return (
            config is not None
            and config.object_type == _AAC_LC
            and not config.short_frames
            and not config.sbr
        )

    @property
    def copyable(self) -> bool:
        """Its frames can be a fragment of the protocol as they are.

        At up to 24 kHz a silent configuration may hide band replication, which doubles the rate when decoded,
        so there it must be denied in so many words.
        """
        config = self.aac_config
        if config is None or not self.is_aac_lc or config.channels not in (1, 2):
            return False
        hidden = config.rate_hz < _LOWEST_RATE_WITHOUT_HIDDEN_SBR_HZ and config.sbr is None
        return config.rate_hz in FRAGMENT_RATES_HZ and not hidden
