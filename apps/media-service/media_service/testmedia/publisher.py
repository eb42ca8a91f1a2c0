"""Sends a generated file live, its time stamps untouched: flv by RTMP, ts by SRT, flv by RTSP.

The bytes of the file go out at the pace of its time stamps, and the program that carries them only carries:
libavformat's rtmp protocol takes flv bytes as they are. So a jump or a restart of the clock arrives as it
was made.
"""

import json
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from media_service.testmedia.program import Program, this_module, wait_for
from media_service.testmedia.schedule import beginning_at, schedule

_FFMPEG = ("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostats", "-nostdin")
_SRT_MESSAGE = 1316
_SRT_LINGER_S = 0.5
_NULL_PACKET = b"\x47\x1f\xff\x10" + b"\xff" * 184


class Publisher(Program):
    """`python -m media_service.testmedia publish`, in a process of its own so that its pace is its own."""

    def __init__(self, file: Path, url: str, folder: Path, *, start_s: float = 0.0) -> None:
        self.file, self.start_s = file, start_s
        self._status = folder / f"publish-{time.monotonic_ns()}.json"
        command = this_module("publish", file, url, "--start", str(start_s), "--status", self._status)
        super().__init__(command, self._status.with_suffix(".log"))

    def start(self) -> None:
        self._status.unlink(missing_ok=True)
        super().start()

    @property
    def started_ns(self) -> int:
        """Of the monotonic clock, when the first packet was due."""
        self.wait_for(self._status.exists, "start of publishing")
        return int(json.loads(self._status.read_text())["started_ns"])

    def wait_until_ended(self, timeout_s: float) -> None:
        wait_for(lambda: not self.running, "end of the programme", timeout_s)


def carrier(url: str, file: Path) -> list[str]:
    """The program that takes the file's bytes on its stdin and brings them to `url`."""
    scheme = urlsplit(url).scheme
    if scheme in ("rtmp", "srt"):
        message = ("-raw_packet_size", str(_SRT_MESSAGE)) if scheme == "srt" else ()
        raw = ("-probesize", "32", "-f", "data", *message, "-i", "pipe:0", "-map", "0", "-c", "copy")
        return [*_FFMPEG, *raw, "-flush_packets", "1", "-f", "data", url]
    if scheme == "rtsp":
        over_tcp = ("-c", "copy", "-f", "rtsp", "-rtsp_transport", "tcp", url)
        return [*_FFMPEG, "-copyts", "-f", _format(file), "-i", "pipe:0", *over_tcp]
    raise ValueError(f"no way to publish to {scheme}")


def publish(file: Path, url: str, start_s: float, status: Path | None) -> int:
    """Returns the carrier's exit code; 0 when the whole file was sent."""
    header, due = beginning_at(schedule(file), start_s)
    content = memoryview(file.read_bytes())
    with subprocess.Popen(carrier(url, file), stdin=subprocess.PIPE, bufsize=0) as process:
        pipe = process.stdin
        if pipe is None:
            raise RuntimeError("no pipe to the carrier")
        started_ns = time.monotonic_ns()
        if status:
            draft = status.with_suffix(".part")
            draft.write_text(json.dumps({"started_ns": started_ns}))
            draft.replace(status)
        waiting = bytearray(content[:header])
        # SRT carries messages; a whole number of TS packets in each is what receivers expect.
        least = _SRT_MESSAGE if urlsplit(url).scheme == "srt" else 1
        try:
            for item in due:
                time.sleep(max(0, started_ns + item.at_ns - due[0].at_ns - time.monotonic_ns()) / 1e9)
                waiting += content[item.start : item.end]
                ready = len(waiting) // least * least
                for start in range(0, ready, max(least, 32 * _SRT_MESSAGE)):
                    _write(
                        pipe.fileno(),
                        bytes(waiting[start : min(ready, start + max(least, 32 * _SRT_MESSAGE))]),
                    )
                del waiting[:ready]
            if waiting and least > 1:
                waiting += _NULL_PACKET * ((least - len(waiting)) // len(_NULL_PACKET))
            _write(pipe.fileno(), bytes(waiting))
            if least > 1:
                # An SRT connection that closes takes with it what has not arrived.
                time.sleep(_SRT_LINGER_S)
            pipe.close()
        except BrokenPipeError:
            return process.wait() or 1
        return process.wait()


def _write(pipe: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(pipe, rest) :]


def _format(file: Path) -> str:
    return {".flv": "flv", ".ts": "mpegts"}[file.suffix]
