"""GStreamer's caps to the formats of this room, and which parser brings a track into the wanted form."""

from typing import Any

from fragment_audio.format import AudioFormat

from media_service.errors import InputFailed
from media_service.pipeline.packet import VideoFormat

VIDEO_PARSERS = {"video/x-h264": "h264parse", "video/x-h265": "h265parse"}
DEPAYLOADERS = {
    "H264": "rtph264depay",
    "H265": "rtph265depay",
    "MPEG4-GENERIC": "rtpmp4gdepay",
    "MP4A-LATM": "rtpmp4adepay",
    "OPUS": "rtpopusdepay",
    "PCMU": "rtppcmudepay",
    "PCMA": "rtppcmadepay",
    "AC3": "rtpac3depay",
    "MPA": "rtpmpadepay",
    "L16": "rtpL16depay",
}
PCM = {
    "S16LE": "pcm_s16le",
    "S16BE": "pcm_s16be",
    "S24LE": "pcm_s24le",
    "S32LE": "pcm_s32le",
    "F32LE": "pcm_f32le",
}
PLAIN = {
    "audio/x-ac3": "ac3",
    "audio/x-eac3": "eac3",
    "audio/x-opus": "opus",
    "audio/x-alaw": "pcm_alaw",
    "audio/x-mulaw": "pcm_mulaw",
}
AUDIO_PARSERS = {
    "ac3": "ac3parse",
    "eac3": "ac3parse",
    "opus": "opusparse",
    "mp2": "mpegaudioparse",
    "mp3": "mpegaudioparse",
}
AUDIO_CHAIN_AAC = "aacparse ! audio/mpeg,mpegversion=(int){2,4},stream-format=raw"


def codec_name(caps_name: str) -> str:
    """For a message: what a person calls `video/x-vp9`."""
    return caps_name.split("/")[-1].removeprefix("x-").removeprefix("gst-fourcc-").upper()


def video_chain(name: str) -> str | None:
    """The elements that make whole access units of a video track; None for a codec that cannot be carried."""
    parser = VIDEO_PARSERS.get(name)
    if parser is None:
        return None
    # Byte streams, because every input can be made one without loss, and its parameter sets travel with it.
    return f"{parser} config-interval=0 ! {name},stream-format=byte-stream,alignment=au"


def audio_chain(structure: Any) -> str | None:
    """The elements that make whole packets of an audio track; None for a codec that cannot be read."""
    codec = audio_codec(structure)
    if codec is None:
        return None
    if codec == "aac":
        return AUDIO_CHAIN_AAC
    return AUDIO_PARSERS.get(codec, "identity silent=true")


def audio_codec(structure: Any) -> str | None:
    name = structure.get_name()
    if name == "audio/mpeg":
        if structure.get_int("mpegversion")[1] in (2, 4):
            return "aac"
        known, layer = structure.get_int("layer")
        return "mp2" if known and layer < 3 else "mp3"
    if name == "audio/x-raw":
        return PCM.get(structure.get_string("format") or "")
    return PLAIN.get(name)


def audio_format(caps: Any) -> AudioFormat:
    """Raises `InputFailed` for caps that say too little."""
    structure = caps.get_structure(0)
    codec = audio_codec(structure)
    if codec is None:
        raise InputFailed(
            f"the source's sound is {structure.get_name()}, which cannot be read", retryable=False
        )
    rate = structure.get_int("rate")[1] or 48_000
    channels = structure.get_int("channels")[1] or 2
    return AudioFormat(codec, rate, channels, codec_data(structure))


def video_format(caps: Any) -> VideoFormat:
    structure = caps.get_structure(0)
    return VideoFormat("h264" if structure.get_name() == "video/x-h264" else "h265")


def codec_data(structure: Any) -> bytes:
    if not structure.has_field("codec_data"):
        return b""
    buffer = structure.get_value("codec_data")
    return bytes(buffer.extract_dup(0, buffer.get_size()))
