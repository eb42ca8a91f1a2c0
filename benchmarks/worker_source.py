"""A live source that never ends: one flv file sent over and over, its time stamps going on without a seam.

    python -m benchmarks.worker_source FILE LENGTH_MS URL [--status FILE] [--first-ms MS]

`LENGTH_MS` is the length of one turn, and must hold a whole number of pictures and of AAC frames: with 30
pictures and 48 kHz any multiple of 8 s.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import carrier

_FILE_HEADER = 9 + 4
_TAG_HEADER = 11
_AUDIO, _VIDEO = 8, 9
_STAMPS = 1 << 32
"""RTMP's clock of milliseconds goes round."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One packet of sound or picture, as it lies in the file."""

    stamp_ms: int
    data: bytes

    def at(self, stamp_ms: int) -> bytes:
        stamp = (stamp_ms % _STAMPS).to_bytes(4, "big")
        return self.data[:4] + stamp[1:] + stamp[:1] + self.data[8:]


class Loop:
    """One turn of the file, and every further one `length_ms` later."""

    def __init__(self, file: bytes, length_ms: int) -> None:
        head, tags = bytearray(file[:_FILE_HEADER]), []
        firsts_ms: dict[int, int] = {}
        for kind, tag in _tags(file):
            if kind not in (_AUDIO, _VIDEO) or _is_sequence_header(kind, tag.data):
                head += tag.data
            elif tag.stamp_ms < firsts_ms.setdefault(kind, tag.stamp_ms) + length_ms:
                # What the encoder gave beyond the turn, its last frame of padding, would be there twice.
                tags.append(tag)
        self.head, self._length_ms = bytes(head), length_ms
        self._begin_ms = tags[0].stamp_ms
        end_ms = self._begin_ms + length_ms
        # The tracks begin apart, so the end of one is sent among the next turn's first packets of the other.
        late = [(tag.stamp_ms - length_ms, 1, tag) for tag in tags if tag.stamp_ms >= end_ms]
        kept = [(tag.stamp_ms, 0, tag) for tag in tags if tag.stamp_ms < end_ms]
        self._turn = sorted(late + kept, key=lambda item: item[0])

    def forever(self, first_ms: int = 0) -> Iterator[tuple[int, bytes]]:
        """(when it is due, in milliseconds from the start; the tag with its stamp, which starts later by
        `first_ms`)."""
        for turn in count():
            for _, turns_late, tag in self._turn:
                if turn >= turns_late:
                    stamp_ms = tag.stamp_ms + (turn - turns_late) * self._length_ms
                    yield stamp_ms - self._begin_ms, tag.at(stamp_ms + first_ms)


def programme(*, seconds: int, hd: bool) -> Programme:
    """`hd`: the stream of the benchmark, 720p30 at a constant 2.5 Mbit/s; else a small one."""
    if seconds % 8:
        raise ValueError("a turn is a multiple of 8 s")
    if not hd:
        return Programme(duration_s=seconds, constant_bit_rate=True)
    return Programme(
        duration_s=seconds,
        width=1280,
        height=720,
        video_bit_rate=2_500_000,
        constant_bit_rate=True,
        audio_bit_rate=128_000,
    )


def _tags(file: bytes) -> Iterator[tuple[int, Tag]]:
    at = _FILE_HEADER
    while at + _TAG_HEADER <= len(file):
        size = _TAG_HEADER + int.from_bytes(file[at + 1 : at + 4], "big") + 4
        stamp_ms = int.from_bytes(file[at + 4 : at + 7], "big") | file[at + 7] << 24
        yield file[at], Tag(stamp_ms, file[at : at + size])
        at += size


def _is_sequence_header(kind: int, tag: bytes) -> bool:
    """The description of an AVC or AAC track, which both codecs mark alike."""
    body = tag[_TAG_HEADER:]
    codec = body[0] & 15 if kind == _VIDEO else body[0] >> 4
    return codec == (7 if kind == _VIDEO else 10) and body[1] == 0


def send(file: Path, length_ms: int, url: str, status: Path | None, first_ms: int) -> int:
    """Until the receiver hangs up; returns the carrier's exit code."""
    loop = Loop(file.read_bytes(), length_ms)
    with subprocess.Popen(carrier(url, file), stdin=subprocess.PIPE, bufsize=0) as process:
        pipe = process.stdin
        if pipe is None:
            raise RuntimeError("no pipe to the carrier")
        try:
            pipe.write(loop.head)
            started_ns = time.monotonic_ns()
            if status is not None:
                draft = status.with_suffix(".part")
                draft.write_text(json.dumps({"started_ns": started_ns}))
                draft.replace(status)
            for due_ms, data in loop.forever(first_ms):
                time.sleep(max(0, started_ns + due_ms * 1_000_000 - time.monotonic_ns()) / 1e9)
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(pipe.fileno(), rest) :]
        except BrokenPipeError:
            return process.wait() or 1
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker_source", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("length_ms", type=int)
    parser.add_argument("url")
    parser.add_argument("--status", type=Path)
    parser.add_argument("--first-ms", type=int, default=0)
    given = parser.parse_args()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return send(given.file, given.length_ms, given.url, given.status, given.first_ms)


def _end_with_parent() -> None:
    """A parent that is killed cannot end its children; but it closes their stdin."""
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
