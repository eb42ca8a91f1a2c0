"""Opens and closes a source or an output many times, in a process of its own; prints what it holds.

`reopen.py source FILE`, `reopen.py output FILE OUTPUT`: descriptors, threads, resident KiB, before and after.
"""

import gc
import json
import sys
import time
from pathlib import Path

from media_service.pipeline.output import Output
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.pipeline.source import Source

WARM = 3
OFTEN = 20


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


def main(what: str, file: str, out: str = "") -> None:
    picture = next(one for one in packets(file) if one.key and isinstance(one.format, VideoFormat))
    told = []
    for times in (WARM, OFTEN):
        for _ in range(times):
            if what == "source":
                packets(file)
            else:
                write(out, picture)
        told.append(held())
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
