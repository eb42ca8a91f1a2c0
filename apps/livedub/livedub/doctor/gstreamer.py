"""Looks for the media elements. Run as a process of its own, it answers which are missing, as JSON."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping

from media_service.pipeline.elements import ELEMENTS

from livedub.doctor.finding import Finding

ABOUT = "GStreamer"
COMMAND = (sys.executable, "-P", "-m", "livedub.doctor.gstreamer")
LOOKING_S = 60.0
"""The first look after an installation reads every plugin."""
BINDING = "apt-get install gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 python3-gi python3-gst-1.0"
ESSENTIAL = frozenset({"everything", "H.264 and H.265", "AAC, MP3 and AC-3", "the output's sound"})


def find(environ: Mapping[str, str]) -> Iterator[Finding]:
    try:
        done = subprocess.run(COMMAND, env=dict(environ), capture_output=True, text=True, timeout=LOOKING_S)
    except subprocess.TimeoutExpired:
        yield Finding(
            ABOUT, "missing", f"did not load within {LOOKING_S:g} s", "rm -r ~/.cache/gstreamer-1.0"
        )
        return
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"ended with {done.returncode}"]
        yield Finding(ABOUT, "missing", f"cannot be loaded: {words[-1]}", BINDING)
        return
    yield from judge(json.loads(done.stdout))


def judge(absent: list[str]) -> Iterator[Finding]:
    """A finding an element that is missing, or one that none is."""
    for element in ELEMENTS:
        if element.name in absent:
            essential = element.needed_for in ESSENTIAL
            yield Finding(
                ABOUT,
                "missing" if essential else "note",
                f"the element {element.name} is missing, needed for {element.needed_for}",
                f"apt-get install {element.package}",
            )
    if not absent:
        yield Finding(ABOUT, "ok", f"all {len(ELEMENTS)} elements are here")


def _look() -> str:
    from media_service.pipeline.gst import missing_elements

    return json.dumps(missing_elements([element.name for element in ELEMENTS]))


if __name__ == "__main__":
    sys.stdout.write(_look())
