"""A real stream on air, for a page to look at: media server, orchestrator, worker, a service that dubs.

The sound of the source leans to one side (its waves are higher than they are deep), and the dub is that sound
with its sign changed: which of the two is heard, any piece of it tells.
"""

import contextlib
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from live.echo import EchoProcess
from media_service.testmedia.publisher import Publisher
from orchestrator_process.process import REAL, Orchestrator
from servers.rtmp import RtmpServer

STREAM = "news"
TOKEN = "a-token-of-the-tests"  # pragma: allowlist secret
AIR_S = 60.0
LEANING = "0.25*(cos(2*PI*300*t)+cos(2*PI*600*t)+cos(2*PI*900*t))"
QUICK = {"WORKER_SEGMENT_MODE": "fixed", "WORKER_SEGMENT_DURATION": "2", "WORKER_AV_OFFSET_MS": "2000"}


@dataclass(frozen=True)
class Air:
    orchestrator: Orchestrator

    @property
    def base(self) -> str:
        return self.orchestrator.url("")

    def get(self, path: str) -> bytes:
        asked = urllib.request.Request(self.base + path, headers=self.orchestrator.headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return bytes(answer.read())

    def heard(self, side: str) -> str:
        """In the newest segment of a preview: `original`, `dub`, `both` or `nothing`."""
        folder = f"/preview/{STREAM}/{side}"
        names = [line for line in self.get(f"{folder}/index.m3u8").decode().split() if line.endswith(".ts")]
        with tempfile.NamedTemporaryFile(suffix=".ts") as file:
            file.write(self.get(f"{folder}/{names[-1]}"))
            file.flush()
            command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", file.name, "-vn"]
            pcm = subprocess.run(
                [*command, "-ac", "1", "-f", "f32le", "-"], capture_output=True, check=True, timeout=20
            ).stdout
        return leaning(np.frombuffer(pcm, np.float32))

    def until_heard(self, what: str, timeout_s: float = AIR_S) -> None:
        """In the output's preview."""
        end = time.monotonic() + timeout_s
        while (now := self.heard("output")) != what:
            assert time.monotonic() < end, f"{now} is heard, and not {what}"
            time.sleep(0.3)


def leaning(samples: np.ndarray) -> str:
    found = set()
    for piece in np.array_split(samples, max(1, len(samples) // 4800)):
        if np.std(piece) > 0.01:
            skew = float(np.mean((piece - piece.mean()) ** 3) / np.std(piece) ** 3)
            found.add("original" if skew > 0.3 else "dub" if skew < -0.3 else "both")
    return found.pop() if len(found) == 1 else "both" if found else "nothing"


def film(file: Path, length_s: int) -> Path:
    """As an encoder would send it."""
    video = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-pix_fmt", "yuv420p"]
    subprocess.run(
        [
            *("ffmpeg", "-nostdin", "-loglevel", "error"),
            *("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=10"),
            *("-f", "lavfi", "-i", f"aevalsrc={LEANING}:s=48000:c=stereo"),
            *("-t", str(length_s), *video, "-c:a", "aac", "-b:a", "128k", str(file)),
        ],
        check=True,
        timeout=60,
    )
    return file


@contextlib.contextmanager
def on_air(folder: Path) -> Iterator[Air]:
    """Until its output's preview is there."""
    source = film(folder / "source.flv", 150)
    planned = Orchestrator(folder, command=REAL)
    server = RtmpServer(folder / "nginx", hooks_url=planned.url("/v1/nginx-rtmp/events?token=hook"))
    with EchoProcess(folder / "echo", voice="inverted") as echo:
        orchestrator = Orchestrator(
            folder,
            command=REAL,
            env=QUICK,
            sts_service_url=echo.url,
            token=TOKEN,
            hook_token="hook",
            mix="replace",
            ingest_path="live/{id}-in",
            ingest_url=server.url("{id}-in"),
            output_url=server.url("{id}-out"),
            port=planned.port,
        )
        orchestrator.port = planned.port
        orchestrator.headers = {"Authorization": f"Bearer {TOKEN}"}
        with server, orchestrator.shared():
            publisher = Publisher(source, server.url(f"{STREAM}-in"), folder)
            with publisher:
                air = Air(orchestrator)
                publisher.wait_for(lambda: is_there(air), "the output's preview", AIR_S)
                yield air


def is_there(air: Air) -> bool:
    with contextlib.suppress(OSError):
        return b"#EXTINF" in air.get(f"/preview/{STREAM}/output/index.m3u8")
    return False
