"""What a soak runs: a media server whose hooks lead to `livedub serve`, services that dub, and who publishes.

Two houses, where there is more than one stream: one dubs by the echo service, one by engines of its own.
"""

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from media_service.testmedia.program import Program

from benchmarks.service import OURS, free_port, running
from benchmarks.soak_sources import pictures_and_beeps, talk
from benchmarks.worker_stage import Looped, RtmpServer

READY_S = 300.0
STOP_S = 60.0
TURN_S = 48
"""Longer than any delay, and of whole pictures and AAC frames."""
ECHO, TALK = "live", "talk"
EMBEDDED = {"ASR_ENGINE": "pocketsphinx", "TRANSLATION_ENGINE": "apertium", "TTS_ENGINE": "espeak"}


class House(Program):
    """`livedub serve` with its default settings, but that nothing is left of the original beneath the dub."""

    def __init__(self, folder: Path, name: str, port: int, server: RtmpServer, sts_url: str | None) -> None:
        self.name, self.port, self.sts_url = name, port, sts_url
        self.state_dir = folder / name
        settings = {
            "port": port,
            "state_dir": self.state_dir,
            "mix": "replace",
            "ingest_path": f"{name}/{{id}}-in",
            "ingest_url": server.url("{id}-in", name),
            "output_url": server.url("{id}-out", name),
            **({} if sts_url is None else {"sts": sts_url}),
        }
        variables = {f"LIVEDUB_{key.upper()}": str(value) for key, value in settings.items()}
        command = [sys.executable, "-m", "livedub", "serve"]
        super().__init__(command, folder / f"{name}.log", env={**EMBEDDED, **variables})

    def start(self) -> None:
        """Until streams can be published."""
        super().start()
        told = "control room: " if self.sts_url else "speech service ready: "
        self.wait_for(lambda: told in self.output(), f"{self.name} ready", READY_S)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return bytes(answer.read())

    def shown(self, stream: str) -> dict[str, Any]:
        """What the control room shows of it."""
        found: dict[str, Any] = json.loads(self.get(f"/v1/streams/{stream}"))
        return found

    def children(self) -> dict[str, psutil.Process]:
        """What it has started itself; the workers are the control room's."""
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.pid).children():
            line = child.cmdline()
            if "media_service.orchestrator" in line:
                found["orchestrator"] = child
            elif "sts_service.full" in line:
                found["speech service"] = child
                found |= _numbered("engines", child.children())
        return found


@dataclass(frozen=True)
class Channel:
    """A stream from its publisher to its viewers."""

    name: str
    house: House
    source: Looped
    out: str
    """URL of the dubbed stream."""

    @property
    def beeps(self) -> bool:
        """Whether its sound still has what A/V offsets are measured by."""
        return self.house.sts_url is not None

    @property
    def log(self) -> Path:
        return self.house.state_dir / "logs" / f"{self.name}.log"

    def on_air(self) -> bool:
        """Whether it goes out, and was dubbed of late."""
        try:
            shown = self.house.shown(self.name)
        except OSError:
            return False
        return shown["state"] == "dubbing" and bool(shown["dubbed_share"])


@dataclass(frozen=True)
class Stage:
    channels: list[Channel]
    houses: list[House]
    named: dict[str, int]
    """Processes that are no house's: by name, their ids."""

    def processes(self) -> dict[str, psutil.Process]:
        """All that run now, by name."""
        found = {name: psutil.Process(pid) for name, pid in self.named.items()}
        for house in self.houses:
            found[f"{house.name}: serve"] = psutil.Process(house.pid)
            found |= {f"{house.name}: {name}": child for name, child in house.children().items()}
        for channel in self.channels:
            if pid := channel.house.shown(channel.name)["pid"]:
                found[f"worker {channel.name}"] = psutil.Process(pid)
        return found

    def stop(self) -> list[str]:
        """In order; returns what did not end well."""
        codes = {house.name: house.stop(STOP_S) for house in self.houses}
        return [f"asked to stop, {name} ended with {code}" for name, code in codes.items() if code]


@contextmanager
def on_air(folder: Path, streams: int, embedded: int, first_ms: int = 0) -> Iterator[Stage]:
    """`streams` of them, `embedded` of which are dubbed by engines; all are dubbed when this is entered."""
    with ExitStack() as stack:
        echo = stack.enter_context(running(OURS))
        ports = {ECHO: free_port(), **({TALK: free_port()} if embedded else {})}
        hooks = {name: f"http://127.0.0.1:{port}/v1/nginx-rtmp/events" for name, port in ports.items()}
        server = stack.enter_context(RtmpServer(folder, hooks))
        urls = {ECHO: f"http://127.0.0.1:{echo.port}", TALK: None}
        houses = {name: House(folder, name, port, server, urls[name]) for name, port in ports.items()}
        for house in houses.values():
            stack.enter_context(house)
        files = {ECHO: pictures_and_beeps(folder / "beeps.flv", TURN_S)}
        if embedded:
            files[TALK] = talk(folder / "talk.flv", TURN_S)
        channels = []
        for number in range(streams):
            app = TALK if number >= streams - embedded else ECHO
            name = f"{app}-{number + 1}"
            into = server.url(f"{name}-in", app)
            source = Looped(folder, name, files[app], TURN_S * 1000, into, first_ms=first_ms)
            channels.append(Channel(name, houses[app], source, server.url(f"{name}-out", app)))
            stack.enter_context(source)
        for channel in channels:
            channel.source.wait_for(channel.on_air, f"dub of {channel.name}", READY_S)
        named = {"media server": server.pid, "echo service": echo.process.pid}
        yield Stage(channels, list(houses.values()), named)


def _numbered(name: str, processes: list[psutil.Process]) -> dict[str, psutil.Process]:
    """Those that last; the program that stretches a dub comes and goes."""
    lasting = [one for one in processes if "python" in one.name()]
    return {f"{name} {number}": one for number, one in enumerate(sorted(lasting, key=lambda p: p.pid), 1)}
