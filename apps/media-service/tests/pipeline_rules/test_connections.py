"""No connection of GStreamer's keeps a small message back."""

import subprocess
import sys

PROGRAM = """
import os, socket, sys
from pathlib import Path
from media_service.pipeline.gst import Gst, pipeline

with socket.create_server(("127.0.0.1", 0)) as server:
    server.settimeout(10)
    port = server.getsockname()[1]
    made = pipeline(sys.argv[1].format(port=port))
    made.set_state(Gst.State.PLAYING)
    theirs, (_, from_port) = server.accept()
    for name in Path("/proc/self/fd").iterdir():
        try:
            copy = socket.socket(fileno=os.dup(int(name.name)))
            ours = copy.family == socket.AF_INET and copy.getsockname()[1] == from_port
        except OSError:
            continue
        if ours:
            print(copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    theirs.close()
    made.set_state(Gst.State.NULL)
"""
"""In a process of its own, as no other test knows GStreamer."""
RTMP = "rtmp://127.0.0.1:{port}/live/x"
SOUND = "audiotestsrc num-buffers=9 ! voaacenc ! aacparse"


def no_delay(description: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, description], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.split()


def test_an_output_by_rtmp() -> None:
    assert no_delay(f"{SOUND} ! flvmux streamable=true ! rtmp2sink location={RTMP}") == ["1"]


def test_a_source_by_rtmp() -> None:
    assert no_delay(f"rtmp2src location={RTMP} ! fakesink") == ["1"]
