"""What running processes hold, as the kernel and their own metrics tell it."""

import contextlib
import urllib.request
from collections.abc import Iterable
from pathlib import Path

import psutil

from benchmarks.soak_house import Stage
from benchmarks.soak_samples import Held

_MB = 1_000_000


class Look:
    """Sees to it that those who ran at the first look are those who run at every later one."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._processes = stage.processes()
        self._ports = {name: _port(one) for name, one in self._processes.items()}
        self.troubles: list[str] = []
        """Processes that ended or were replaced."""

    def held(self) -> dict[str, Held]:
        """By process."""
        self._see_who_is_gone()
        found = {}
        for name, process in self._processes.items():
            # One that has just gone is told of by the next look.
            with contextlib.suppress(psutil.NoSuchProcess):
                found[name] = self._of(name, process)
        return found

    def disk_mb(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for house in self._stage.houses:
            parts = {"previews": 0, "logs": 0, "store": 0}
            for file in _files(house.state_dir):
                with contextlib.suppress(FileNotFoundError):
                    parts[_part(file.relative_to(house.state_dir))] += file.stat().st_blocks * 512
            found |= {f"{house.name}: {part}": size / _MB for part, size in parts.items()}
        return found

    def _see_who_is_gone(self) -> None:
        gone = [name for name, process in self._processes.items() if not _runs(process)]
        now = self._stage.processes()
        replaced = {name for name, one in now.items() if self._processes.get(name, one) != one}
        self.troubles += [f"{name} was replaced by another" for name in sorted(replaced)]
        self.troubles += [f"{name} has ended" for name in gone if name not in replaced]
        for name in gone:
            del self._processes[name]
        for name in replaced:
            self._processes[name], self._ports[name] = now[name], _port(now[name])

    def _of(self, name: str, process: psutil.Process) -> Held:
        with process.oneshot():
            memory = process.memory_full_info()
            files, threads = process.num_fds(), process.num_threads()
        page = self._page(name)
        tasks = next(
            (float(line.split()[1]) for line in page if line.partition(" ")[0].endswith("_tasks")), None
        )
        return Held(
            memory.uss / _MB,
            memory.pss / _MB,
            memory.rss / _MB,
            files,
            threads,
            None if tasks is None else round(tasks),
            len(page) or None,
        )

    def _page(self, name: str) -> list[str]:
        """The lines of its metrics."""
        channel = next((one for one in self._stage.channels if name == f"worker {one.name}"), None)
        try:
            if channel is not None:
                page = channel.house.get(f"/v1/streams/{channel.name}/metrics")
            elif self._ports[name] is not None:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{self._ports[name]}/metrics", timeout=10
                ) as answer:
                    page = answer.read()
            else:
                return []
        except OSError as problem:
            self.troubles.append(f"{name} shows no metrics: {problem}")
            return []
        return [line for line in page.decode().splitlines() if line and line[0] != "#"]


def _port(process: psutil.Process) -> int | None:
    """Where it shows its metrics, if it does."""
    words = process.cmdline()
    if not any(
        word in ("media_service.orchestrator", "sts_service.full", "sts_service.echo") for word in words
    ):
        return None
    listening = [one for one in process.net_connections("tcp") if one.status == psutil.CONN_LISTEN]
    return int(listening[0].laddr.port) if listening else None


def _runs(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _part(path: Path) -> str:
    if path.parts[0] == "preview":
        return "previews"
    return "logs" if path.parts[0] == "logs" or ".log" in path.name else "store"
