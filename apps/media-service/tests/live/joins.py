"""`joins.py URL`: joins a stream many times, in a process of its own; prints for how many seconds nothing had
come of each track when it left, by join.
"""

import json
import sys
import time

from media_service.pipeline.source import Source

JOINS, ROUNDS, WATCHED_S = 5, 5, 2.5


def watched(url: str) -> list[dict[str, float]]:
    """The first is there before the others, who come one soon after the other."""
    sources = [Source(url) for _ in range(1 + JOINS)]
    latest: list[dict[str, float]] = [{} for _ in sources]
    sources[0].open()
    time.sleep(0.7)
    for source in sources[1:]:
        source.open()
        time.sleep(0.05)
    end = time.monotonic() + WATCHED_S
    while time.monotonic() < end:
        for source, seen in zip(sources, latest, strict=True):
            for packet in source.poll():
                seen[packet.track.value] = time.monotonic()
        time.sleep(0.03)
    left = time.monotonic()
    for source in sources:
        source.close()
    return [{track: left - at for track, at in seen.items()} for seen in latest[1:]]


if __name__ == "__main__":
    url = sys.argv[1]
    sys.stdout.write(json.dumps([join for _ in range(ROUNDS) for join in watched(url)]))
