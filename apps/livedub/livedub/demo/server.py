"""The demo's media server: nginx with its RTMP module, for this machine only, in a folder of its own."""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from livedub.demo.programs import PACKAGES, Missing, found
from livedub.dub.children import Child
from livedub.dub.kept import keep_running
from livedub.dub.log import Log
from livedub.errors import OurFault

HOST = "127.0.0.1"
NAME = "the media server"
START_S = 30.0
ASKING_S = 10.0
END_S = 2.0
_LOOK_S = 0.05
_MODULES = re.compile(r"--modules-path=(\S+)")

_CONFIG = """
load_module {module};
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 128; }}
rtmp {{
  access_log off;
  server {{
    listen {host}:{port};
    application live {{
      live on; wait_key on; idle_streams on;
      on_publish {hooks}; on_publish_done {hooks};
    }}
  }}
}}
"""


def configuration(folder: Path, module: Path, port: int, hooks: str) -> str:
    return _CONFIG.format(folder=folder, module=module, host=HOST, port=port, hooks=hooks)


class MediaServer:
    """`start`, `keep` and `end`. The publishers' names of streams reach `hooks` when they come and go."""

    def __init__(self, folder: Path, port: int, hooks: str, log: Log) -> None:
        self._folder = folder
        self._port = port
        self._hooks = hooks
        self._log = log
        self._child: Child | None = None

    def url(self, name: str) -> str:
        return f"rtmp://{HOST}:{self._port}/live/{name}"

    async def start(self) -> None:
        """It listens when this returns. Raises `Missing`, or another `Failed`."""
        nginx = found("nginx")
        module = await asyncio.to_thread(rtmp_module, nginx)
        self._folder.mkdir(exist_ok=True)
        config = self._folder / "nginx.conf"
        config.write_text(configuration(self._folder, module, self._port, self._hooks))
        command = [nginx, "-p", str(self._folder), "-c", str(config), "-e", "stderr"]
        self._child = await Child.start(command, os.environ, self._log.file, lambda line: None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_S):
                while self._child.is_running:
                    if await asyncio.to_thread(listens, self._port):
                        return
                    await asyncio.sleep(_LOOK_S)
        raise OurFault(f"{NAME} did not start")

    async def keep(self, say: Callable[[str], None]) -> NoReturn:
        """Until cancelled."""
        await keep_running(NAME, lambda: self._running().ended(), self.start, say)

    async def end(self) -> None:
        if self._child is not None:
            await self._child.end(END_S)

    def _running(self) -> Child:
        if self._child is None:
            raise OurFault(f"{NAME} was not started")
        return self._child


def rtmp_module(nginx: str) -> Path:
    """Where this build of nginx keeps it. Raises `Missing`."""
    asked = subprocess.run([nginx, "-V"], capture_output=True, text=True, timeout=ASKING_S)
    places = _MODULES.search(asked.stderr)
    module = Path(places[1] if places else "/usr/lib/nginx/modules", "ngx_rtmp_module.so")
    if not module.is_file():
        raise Missing("nginx has no RTMP module", f"apt-get install {PACKAGES['nginx']}")
    return module


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 1):
        return True
    return False


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(wanted: int, most: int = 100, free: Callable[[int], bool] = is_free) -> int:
    """The wanted one, or the next that nobody has. Raises `OurFault`."""
    for port in range(wanted, min(wanted + most, 65536)):
        if free(port):
            return port
    raise OurFault(f"no port from {wanted} on is free")
