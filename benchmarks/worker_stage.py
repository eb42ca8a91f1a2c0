"""What a worker is measured between and beside: an RTMP server, a source, ffmpeg as a relay, the worker."""

import contextlib
import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from media_service.testmedia.generate import generate
from media_service.testmedia.program import Program

from benchmarks import worker_source
from benchmarks.service import free_port, listens

_NGINX = """
load_module {modules}/ngx_rtmp_module.so;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 512; }}
rtmp {{
  access_log off;
  server {{
    listen 127.0.0.1:{port};
    chunk_size 4096;
{applications}
  }}
}}
"""
_APPLICATION = "    application {name} {{ live on; wait_key on; idle_streams on; {hooks} }}"
COPY = ("-c", "copy")
AAC = ("-c:v", "copy", "-c:a", "aac", "-b:a", "128k")


class RtmpServer(Program):
    """nginx with its RTMP module."""

    def __init__(
        self, folder: Path, hooks: Mapping[str, str | None] = MappingProxyType({"live": None})
    ) -> None:
        """`hooks`: its applications, and where each tells who publishes and who has left."""
        self.port = free_port()
        config = folder / "nginx.conf"
        applications = "\n".join(
            _APPLICATION.format(name=name, hooks=f"on_publish {url}; on_publish_done {url};" if url else "")
            for name, url in hooks.items()
        )
        config.write_text(
            _NGINX.format(modules=_nginx_modules(), folder=folder, port=self.port, applications=applications)
        )
        super().__init__(
            ["nginx", "-p", folder, "-c", config, "-e", folder / "error.log"], folder / "nginx.log"
        )

    def start(self) -> None:
        super().start()
        self.wait_for(lambda: listens(self.port), "RTMP server")

    def url(self, name: str, application: str = "live") -> str:
        return f"rtmp://127.0.0.1:{self.port}/{application}/{name}"


class Looped(Program):
    """Sends a file of that length to `url`, over and over."""

    def __init__(
        self, folder: Path, name: str, file: Path, length_ms: int, url: str, *, first_ms: int = 0
    ) -> None:
        self.file, self.length_ms = file, length_ms
        self._status = folder / f"{name}.json"
        options: list[str | Path] = ["--status", self._status, "--first-ms", str(first_ms)]
        module = [sys.executable, "-m", "benchmarks.worker_source"]
        super().__init__([*module, file, str(length_ms), url, *options], folder / f"{name}-source.log")

    def start(self) -> None:
        self._status.unlink(missing_ok=True)
        super().start()
        self.wait_for(self._status.exists, "start of the source")

    @property
    def started_ns(self) -> int:
        """Of the monotonic clock, when the first packet was due."""
        return int(json.loads(self._status.read_text())["started_ns"])


class Source(Looped):
    """Sends a generated programme of `seconds` to `url`, over and over."""

    def __init__(self, folder: Path, url: str, *, seconds: int) -> None:
        file = generate(folder / "source.flv", worker_source.programme(seconds=seconds, hd=True))
        super().__init__(folder, "source", file, seconds * 1000, url)


class Relay(Program):
    """ffmpeg between two RTMP streams."""

    def __init__(self, folder: Path, name: str, source: str, target: str, codecs: tuple[str, ...]) -> None:
        quiet = ("-hide_banner", "-loglevel", "error", "-nostats", "-nostdin")
        command = ["ffmpeg", *quiet, "-i", source, *codecs, "-f", "flv", target]
        super().__init__(command, folder / f"{name}.log")


class Worker(Program):
    """Ours, with its default settings except those given by their names."""

    def __init__(
        self, folder: Path, name: str, source: str, target: str, *, echo_port: int | None, **settings: object
    ) -> None:
        """Without `echo_port` it passes the sound through."""
        mode: dict[str, object] = {"sts_mode": "passthrough"}
        if echo_port is not None:
            service = f"http://127.0.0.1:{echo_port}"
            mode = {"sts_service_url": service, "source_language": "en", "target_language": "es"}
        given = {"stream_id": name, "input_url": source, "output_url": target, **mode, **settings}
        command = [sys.executable, "-m", "media_service.worker"]
        for key, value in given.items():
            command += [f"--{key.replace('_', '-')}", str(value)]
        super().__init__(command, folder / f"{name}.log")
        self.name, self._port = name, 0

    @property
    def port(self) -> int:
        if not self._port:
            self.wait_for(lambda: self._told_port() is not None, "port of the worker", 30)
            self._port = self._told_port() or 0
        return self._port

    def on_air(self) -> bool:
        """Whether media flows from end to end."""
        with contextlib.suppress(urllib.error.HTTPError):
            self._get("/ready")
            return True
        return False

    def metrics(self) -> dict[str, float]:
        """By name with labels, as the page writes it."""
        lines = (line for line in self._get("/metrics").splitlines() if line and line[0] != "#")
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def _get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def _told_port(self) -> int | None:
        found = re.search(r"^port (\d+)$", self.output(), re.MULTILINE)
        return int(found[1]) if found else None


@contextlib.contextmanager
def on_stage(*programs: Program) -> Iterator[None]:
    """All running; killed at the end, the last first."""
    with contextlib.ExitStack() as stack:
        for program in programs:
            stack.enter_context(program)
        yield


def versions() -> str:
    """Of what the worker is measured beside."""
    said = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, timeout=20).stdout
    return "ffmpeg " + said.split()[2]


def _nginx_modules() -> str:
    """Where this build of nginx keeps them."""
    built = subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=True, timeout=10).stderr
    found = re.search(r"--modules-path=(\S+)", built)
    if found is None:
        raise RuntimeError("this nginx loads no modules")
    return found[1]
