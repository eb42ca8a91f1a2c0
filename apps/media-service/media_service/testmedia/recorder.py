"""Takes down what a server gives out, byte by byte as it comes, with the time of every arrival."""

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from media_service.testmedia.program import Program, this_module

_FFMPEG = ("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostats", "-nostdin")


class Recorder(Program):
    """`python -m media_service.testmedia record`, a process whose clock nobody else's work delays.

    `file` gets the suffix of what the URL brings: flv by RTMP, ts by SRT, nut for the rest.
    """

    def __init__(self, url: str, file: Path) -> None:
        self.file = file.with_suffix(suffix(url))
        super().__init__(this_module("record", url, self.file), file.with_suffix(".log"))

    @property
    def received(self) -> int:
        """bytes"""
        return self.file.stat().st_size if self.file.exists() else 0

    def wait_for_bytes(self, count: int, timeout_s: float) -> None:
        """Of new ones, from the moment of the call."""
        target = self.received + count
        self.wait_for(lambda: self.received >= target, f"{count} bytes", timeout_s)


def suffix(url: str) -> str:
    return {"rtmp": ".flv", "srt": ".ts"}.get(urlsplit(url).scheme, ".nut")


def source(url: str) -> list[str]:
    """The program that gives on its stdout what comes from `url`; RTMP and SRT as they are on the wire."""
    scheme = urlsplit(url).scheme
    if scheme in ("rtmp", "srt"):
        raw = ("-probesize", "32", "-f", "data", "-i", url, "-map", "0", "-c", "copy", "-f", "data")
        return [*_FFMPEG, *raw, "-flush_packets", "1", "pipe:1"]
    copied = ("-copyts", "-map", "0", "-c", "copy", "-f", "nut")
    return [*_FFMPEG, "-i", url, *copied, "-flush_packets", "1", "pipe:1"]


def arrivals_file(file: Path) -> Path:
    return file.with_suffix(file.suffix + ".arrivals")


def record(url: str, file: Path) -> int:
    """Until the stream ends or a signal comes. Returns the exit code of the program that received."""
    if urlsplit(url).scheme == "rtsp":
        from media_service.testmedia import rtsp_reader

        rtsp_reader.take(url, file, arrivals_file(file))
        return 0
    command: Sequence[str] = source(url)
    with (
        file.open("wb", buffering=0) as media,
        arrivals_file(file).open("w", buffering=1) as arrivals,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0) as process,
    ):
        if process.stdout is None:
            raise RuntimeError("no pipe from the receiver")

        def end(number: int, frame: FrameType | None) -> None:
            process.kill()

        signal.signal(signal.SIGTERM, end)
        total = 0
        while data := os.read(process.stdout.fileno(), 1 << 18):
            now_ns = time.monotonic_ns()
            media.write(data)
            total += len(data)
            arrivals.write(f"{now_ns} {total}\n")
        return process.wait()
