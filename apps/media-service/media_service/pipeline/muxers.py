"""Which muxer and sink a URL asks for, and the launch line around them."""

from pathlib import Path
from urllib.parse import urlsplit

from fragment_audio.format import AudioFormat

from media_service.config.urls import mask
from media_service.errors import OutputFailed
from media_service.pipeline.packet import VideoFormat
from media_service.timeline.units import CHANNELS, RATE_HZ

PCM_CAPS = (
    f"audio/x-raw,format=S16LE,layout=interleaved,rate={RATE_HZ},channels={CHANNELS},"
    "channel-mask=(bitmask)0x3"
)
ENCODER = "voaacenc bitrate=128000"
PRIMING = 1600
"""Samples by which its sound comes late; GStreamer does not compensate it."""
CODED = "aacparse name=coded"
HEARD = "appsink name=heard sync=false async=false drop=true max-buffers=400 wait-on-eos=false"
"""Takes what comes at once, and holds nothing up."""
PARSERS = {"h264": "h264parse", "h265": "h265parse"}
BYTE_STREAMS = ("mpegtsmux", "hlssink2", "rtspclientsink")
FLV = "flvmux name=mux streamable=true latency=1000000000"
TS = "mpegtsmux name=mux"
MP4 = "mp4mux name=mux fragment-duration=1000 fragment-mode=first-moov-then-finalise"
"""Can be played up to wherever it was cut off; one that ends in order is a plain MP4."""
SINK = "sync=false async=false"
MUXERS = {
    "rtmp": (f"{FLV} ! rtmp2sink name=sink {SINK}", "mux.video", "mux.audio"),
    "srt": (f"{TS} alignment=7 ! srtsink name=sink wait-for-connection=false {SINK}", "mux.", "mux."),
    "rtsp": ("rtspclientsink name=mux protocols=tcp", "mux.sink_0", "mux.sink_1"),
    ".flv": (f"{FLV} ! filesink name=sink {SINK}", "mux.video", "mux.audio"),
    ".ts": (f"{TS} ! filesink name=sink {SINK}", "mux.", "mux."),
    ".mp4": (f"{MP4} ! filesink name=sink {SINK}", "mux.video_%u", "mux.audio_%u"),
    ".mkv": (f"matroskamux name=mux ! filesink name=sink {SINK}", "mux.video_%u", "mux.audio_%u"),
    "": (
        "hlssink2 name=mux target-duration=2 max-files=10 playlist-length=6",
        "mux.video",
        "mux.audio",
    ),
}
"""By kind of output: the muxer and sink, and the pads of video and sound."""
SERVED = ("rtmp", "srt", "rtsp")
"""Kinds with another at the far end, who may come back; the rest is written here."""
NO_H265 = ("rtmp", ".flv")
COUNTED = ("rtmp", ".flv")
"""Kinds whose stamps the muxer counts from the first one that it sees."""


def kind(url: str) -> str:
    """Which of `MUXERS` a URL asks for."""
    parts = urlsplit(url)
    scheme = {"rtmps": "rtmp", "rtsps": "rtsp"}.get(parts.scheme, parts.scheme)
    if scheme in MUXERS and scheme:
        return scheme
    suffix = Path(parts.path).suffix.lower()
    return suffix if suffix in MUXERS else ""


def description(url: str, codec: str | None, packets: AudioFormat | None, *, heard: bool = False) -> str:
    """The launch line of an output; `codec` is None without video, `packets` None where PCM comes. `heard`:
    what the encoder makes is wanted by others as well.
    """
    muxer, video_pad, audio_pad = MUXERS[kind(url)]
    live = kind(url) == "rtsp"
    # What is live has a latency that somebody must have room for.
    room = " ! queue" if live else ""
    source = f"format=time is-live={str(live).lower()} max-bytes=0 max-time=0 max-buffers=0"
    parts = [muxer]
    if codec is not None:
        # A byte stream can be joined at any keyframe, so each carries its parameter sets.
        interval = -1 if muxer.startswith(BYTE_STREAMS) else 0
        parser = f"{PARSERS[codec]} config-interval={interval}"
        parts.append(f"appsrc name=video {source}{room} ! {parser} ! {video_pad}")
    if packets is not None:
        parts.append(f"appsrc name=audio {source} caps={_aac_caps(packets)}{room} ! {CODED} ! {audio_pad}")
    else:
        encoder = f"{ENCODER} ! tee name=tee tee. ! {HEARD} tee." if heard else ENCODER
        parts.append(f"appsrc name=audio {source} caps={PCM_CAPS}{room} ! {encoder} ! {CODED} ! {audio_pad}")
    return " ".join(parts)


def check(url: str, video: VideoFormat | None) -> None:
    """Raises `OutputFailed` where this output cannot carry this video."""
    if video is not None and video.codec == "h265" and kind(url) in NO_H265:
        raise OutputFailed(
            f"{mask(url)}: RTMP and FLV cannot carry {video.label} here; use SRT, MPEG-TS, Matroska or MP4",
            retryable=False,
        )


def video_caps(video: VideoFormat) -> str:
    name = f"video/x-{video.codec}"
    if not video.codec_data:
        return f"{name},stream-format=byte-stream,alignment=au"
    packaging = "avc" if video.codec == "h264" else "hvc1"
    return f"{name},stream-format={packaging},alignment=au,codec_data=(buffer){video.codec_data.hex()}"


def _aac_caps(sound: AudioFormat) -> str:
    return (
        f"audio/mpeg,mpegversion=4,stream-format=raw,framed=true,rate={sound.rate_hz},"
        f"channels={sound.channels},codec_data=(buffer){sound.extradata.hex()}"
    )
