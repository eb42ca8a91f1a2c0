"""The far end of an output: told where to send, and asked whether anybody takes it."""

from pathlib import Path
from typing import Any

from media_service.pipeline.gst import Gst


def set_destination(made: Any, url: str) -> None:
    sink = _sink(made)
    name = sink.get_factory().get_name()
    if name == "srtsink":
        sink.set_property("uri", url)
        # With it on, a peer that is lost is never told of.
        sink.set_property("auto-reconnect", False)
    elif name == "hlssink2":
        folder = Path(url.removeprefix("file://"))
        folder.mkdir(parents=True, exist_ok=True)
        sink.set_property("location", str(folder / "segment%06d.ts"))
        sink.set_property("playlist-location", str(folder / "index.m3u8"))
    else:
        sink.set_property("location", url.removeprefix("file://"))
    if name == "rtmp2sink":
        sink.set_property("timeout", 5)


class Uplink:
    """Whether the other end takes what comes, as far as the sink can tell; it begins to play before that."""

    def __init__(self, made: Any) -> None:
        self._sink = _sink(made)
        self._kind = self._sink.get_factory().get_name()
        self._has_setup = False

    def progress(self, message: Any) -> None:
        """Only RTSP's sink tells of it: it sets up what the server has let it announce."""
        kind, code, _ = message.parse_progress()
        self._has_setup |= kind == Gst.ProgressType.CONTINUE and code == "request"

    @property
    def is_up(self) -> bool:
        if self._kind == "rtmp2sink":
            # All zeros until the server lets us publish.
            return bool(self._stats.get_uint64("in-bytes-total")[1])
        if self._kind == "srtsink" and self._sink.get_property("mode").value_nick == "caller":
            return bool(self._stats.has_field("packets-sent"))
        return self._has_setup or self._kind != "rtspclientsink"

    @property
    def _stats(self) -> Any:
        return self._sink.get_property("stats")


def _sink(made: Any) -> Any:
    """Some muxers are the sink themselves."""
    return made.get_by_name("sink") or made.get_by_name("mux")
