"""The process of `RtspServer`: takes its mounts as JSON, says "listening" when it does."""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

APART_NS = 500_000
"""From this on the sender's reports are heeded; by default tracks that came up to 4 ms apart stay so."""


def main(wanted: dict[str, Any]) -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(wanted["port"]))
    mounts = server.get_mount_points()
    for name, line in wanted["plays"].items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(line)
        factory.set_shared(wanted["shared"])
        mounts.add_factory(f"/{name}", factory)
    for name, line in wanted["records"].items():
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(line)
        factory.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
        factory.set_latency(200)
        file = Path(wanted["folder"]) / f"{name}.mkv"
        factory.connect("media-constructed", _constructed, file)
        mounts.add_factory(f"/{name}", factory)
    if not server.attach(None):
        sys.exit("the port is taken")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


def _constructed(factory: Any, media: Any, file: Path) -> None:
    """A pipeline of our own, so that we see its rtpbin come."""
    pipeline = Gst.Pipeline.new(None)
    pipeline.connect("deep-element-added", _added)
    media.take_pipeline(pipeline)
    out = media.get_element().get_by_name("out")
    content = file.open("ab", buffering=0)
    arrivals = file.with_suffix(".mkv.arrivals").open("a", buffering=1)

    def take(sink: Any) -> Any:
        buffer = sink.emit("pull-sample").get_buffer()
        content.write(buffer.extract_dup(0, buffer.get_size()))
        arrivals.write(f"{time.monotonic_ns()} {content.tell()}\n")
        return Gst.FlowReturn.OK

    out.connect("new-sample", take)


def _added(pipeline: Any, parent: Any, element: Any) -> None:
    kind = element.get_factory()
    if kind and kind.get_name() == "rtpbin":
        # By default stamps follow the arrivals: wrong of B-frames, and after a pause of the machine's.
        # Told to the jitter buffers themselves it would not last.
        element.set_property("buffer-mode", "none")
        element.set_property("min-ts-offset", APART_NS)


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
