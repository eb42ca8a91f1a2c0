"""The GStreamer elements that this room asks for, what for, and the Debian package of each. Imports no gi."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Element:
    name: str
    package: str
    needed_for: str


def _rows(package: str, needed_for: str, names: str) -> tuple[Element, ...]:
    return tuple(Element(name, package, needed_for) for name in names.split())


BASE, GOOD, BAD = (f"gstreamer1.0-plugins-{quality}" for quality in ("base", "good", "bad"))

ELEMENTS: tuple[Element, ...] = (
    *_rows("libgstreamer1.0-0", "everything", "queue tee identity fakesink filesrc filesink"),
    *_rows(BASE, "everything", "appsrc appsink parsebin"),
    *_rows(BAD, "H.264 and H.265", "h264parse h265parse"),
    *_rows(GOOD, "AAC, MP3 and AC-3", "aacparse mpegaudioparse ac3parse"),
    *_rows(BAD, "the output's sound", "voaacenc"),
    *_rows(BAD, "Opus", "opusparse"),
    *_rows(GOOD, ".mp4 and .mkv", "qtdemux mp4mux matroskademux matroskamux"),
    *_rows(GOOD, ".flv and RTMP outputs", "flvmux"),
    *_rows(BAD, "RTMP", "rtmp2src rtmp2sink"),
    *_rows(BAD, ".ts and SRT", "tsdemux mpegtsmux"),
    *_rows(BAD, "SRT", "srtsrc srtsink"),
    *_rows(BASE, "HLS inputs", "urisourcebin"),
    *_rows(GOOD, "HLS inputs", "souphttpsrc hlsdemux2"),
    *_rows(BAD, "HLS outputs", "hlssink2"),
    *_rows(
        GOOD,
        "RTSP inputs",
        "rtspsrc rtph264depay rtph265depay rtpmp4adepay rtpmp4gdepay rtpmpadepay rtpopusdepay rtpac3depay "
        "rtppcmadepay rtppcmudepay",
    ),
    *_rows("gstreamer1.0-rtsp", "RTSP outputs", "rtspclientsink"),
)
