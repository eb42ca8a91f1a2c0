"""Opens and closes a source or an output many times, in a process of its own; prints what it holds.

`reopen.py source FILE`, `reopen.py output FILE OUTPUT`: descriptors, threads, resident KiB,
after a few times, half of the rest, and all.
`reopen.py tick FILE OUTPUT`: as what the pictures leave that an output is given in one tick.
`reopen.py room FILE`: how much its sinks hold at most before it has begun, and after.
"""

import gc
import json
import sys
import time
from pathlib import Path

from media_service.pipeline.front import Front
from media_service.pipeline.gst import Gst
from media_service.pipeline.output import Output
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.pipeline.source import Source
from media_service.testmedia.program import wait_for

WARM = 3
OFTEN = 10
PICTURES = 3


def held() -> dict[str, int]:
    gc.collect()
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "resident_kib": int(Path("/proc/self/statm").read_text().split()[1]) * 4,
    }


def packets(file: str) -> list[Packet]:
    source = Source(file)
    source.open()
    found: list[Packet] = []
    until = time.monotonic() + 10
    while not source.ended and time.monotonic() < until:
        found += source.poll()
        time.sleep(0.001)
    source.close()
    return found


def write(out: str, picture: Packet) -> None:
    if not isinstance(picture.format, VideoFormat):
        raise TypeError("no picture")
    output = Output(out, video=picture.format)
    output.open()
    output.begin(0)
    output.picture(picture, -picture.dts_ns)
    output.sound(bytes(4 * 48_000), 0, 1_000_000_000)
    output.probe.arm()
    output.end()
    until = time.monotonic() + 5
    while not output.finished and time.monotonic() < until:
        output.poll(time.monotonic_ns())
        time.sleep(0.002)
    output.close()


def tick(file: str, out: str) -> list[str]:
    pictures = [one for one in packets(file) if isinstance(one.format, VideoFormat)][:PICTURES]
    video = pictures[0].format
    if not isinstance(video, VideoFormat):
        raise TypeError("no picture")
    left: list[str] = []

    def seen(_pad: object, _info: object, kind: str) -> object:
        left.append(kind)
        return Gst.PadProbeReturn.OK

    output = Output(out, video=video)
    output.open()
    pad = output._video.get_static_pad("src")
    for kind in ("BUFFER", "BUFFER_LIST"):
        pad.add_probe(getattr(Gst.PadProbeType, kind), seen, kind)
    output.begin(pictures[0].dts_ns)
    for picture in pictures:
        output.picture(picture, 0)
    output.push()
    output.sound(bytes(4 * 48_000), pictures[0].dts_ns, 1_000_000_000)
    wait_for(lambda: "BUFFER_LIST" in left or len(left) >= PICTURES, "pictures")
    output.close()
    return left


def room(file: str) -> list[list[int]]:
    front = Front(file, 200, "same-host")

    def most() -> list[int]:
        return [sink.get_property("max-buffers") for sink in front.sinks.values()]

    front.pipeline.set_state(Gst.State.PAUSED)
    wait_for(lambda: front.is_flv or front.complete, "tracks")
    before = most()
    front.begin()
    after = most()
    front.close()
    return [before, after]


def main(what: str, file: str, out: str = "") -> None:
    if what == "tick":
        sys.stdout.write(json.dumps(tick(file, out)))
        return
    if what == "room":
        sys.stdout.write(json.dumps(room(file)))
        return
    picture = next(one for one in packets(file) if one.key and isinstance(one.format, VideoFormat))
    told = []
    for times in (WARM, OFTEN, OFTEN):
        for _ in range(times):
            if what == "source":
                packets(file)
            else:
                write(out, picture)
        told.append(held())
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
