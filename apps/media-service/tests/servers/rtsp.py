"""GStreamer's RTSP server, a process of its own: files to play, mounts that record what is sent to them."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from media_service.testmedia.program import Program

from servers.ports import LOCAL, free_port

_DEMUXERS = {".mkv": "matroskademux", ".mp4": "qtdemux"}
"""tsdemux gives B-frames other times than the file's, seen from the other end."""
_PAYLOADERS = {
    "h264": "h264parse config-interval=-1 ! rtph264pay",
    "h265": "h265parse config-interval=-1 ! rtph265pay",
    "aac": "aacparse ! rtpmp4gpay",
    "opus": "opusparse ! rtpopuspay",
    "ac3": "ac3parse ! rtpac3pay",
    "mp3": "mpegaudioparse ! rtpmpapay",
}
_DEPAYLOADERS = {
    "h264": "rtph264depay name=depay{n} ! h264parse",
    "h265": "rtph265depay name=depay{n} ! h265parse",
    "aac": "rtpmp4gdepay name=depay{n} ! aacparse",
    "latm": "rtpmp4adepay name=depay{n} ! aacparse",
}


def play(file: Path, *, video: str | None = "h264", audio: str | None = "aac") -> str:
    """The launch line of a mount that plays `file`, from its start for each who is first to come."""
    line = f'filesrc location="{file}" ! {_DEMUXERS[file.suffix]} name=d'
    for number, codec in enumerate(codec for codec in (video, audio) if codec):
        line += f" d. ! queue max-size-time=0 max-size-bytes=0 max-size-buffers=0 ! {_PAYLOADERS[codec]}"
        line += f" name=pay{number} pt={96 + number}"
    return f"( {line} )"


def record(order: tuple[str, ...]) -> str:
    """The launch line of a mount that takes streams in this order of the client's SDP, e.g. ("h264", "aac").

    GStreamer's rtspclientsink announces its streams in the reverse order of their pads, and AAC as "latm".
    """
    line = "matroskamux name=mux streamable=true ! appsink name=out sync=false emit-signals=true"
    for number, codec in enumerate(order):
        line += " " + _DEPAYLOADERS[codec].format(n=number) + " ! queue ! mux."
    return f"( {line} )"


class RtspServer(Program):
    """`plays` and `records`: launch lines by mount name; `recorded("x")` is a file with its arrivals."""

    def __init__(
        self,
        folder: Path,
        *,
        plays: Mapping[str, str] | None = None,
        records: Mapping[str, str] | None = None,
        shared: bool = True,
    ) -> None:
        """`shared`: all clients see one run of the file."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port = folder, free_port()
        wanted = {
            "port": self.port,
            "folder": str(folder),
            "plays": dict(plays or {}),
            "records": dict(records or {}),
            "shared": shared,
        }
        script = Path(__file__).with_name("rtsp_process.py")
        super().__init__([sys.executable, script, json.dumps(wanted)], folder / "rtsp.log")

    def start(self) -> None:
        self.log.unlink(missing_ok=True)
        super().start()
        self.wait_for(lambda: "listening" in self.output(), "RTSP server")

    def url(self, name: str) -> str:
        return f"rtsp://{LOCAL}:{self.port}/{name}"

    def recorded(self, name: str) -> Path:
        return self.folder / f"{name}.mkv"
