"""What dubs: a worker that was started by hand, or those of an orchestrator, each with its events."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from live.feed import Event, read_events
from live.worker import WorkerProcess
from media_service.orchestrator.workers.launch import OUT_FILE, TOKEN, told_port
from orchestrator_process.process import REAL, Orchestrator
from servers.ports import free_port

from drill.scenario import AV_OFFSET_S, SEGMENT_S

LOOKS_S = 0.25
COMMON = {"segment_duration": SEGMENT_S, "av_offset_ms": int(1000 * AV_OFFSET_S), "mix": "replace"}


class Dubber(ABC):
    """Prepared, started, stopped; what it told stays."""

    @abstractmethod
    def prepare(self, *, source: str, target: str, service: str, settings: Mapping[str, object]) -> None:
        """Where it reads, writes and has its fragments dubbed."""

    @abstractmethod
    async def start(self) -> None: ...

    @abstractmethod
    async def stop(self) -> None:
        """At once."""

    @property
    @abstractmethod
    def pid(self) -> int:
        """Of the worker that runs."""

    @property
    @abstractmethod
    def watched_pid(self) -> int:
        """The same, at once; 0 where none is known."""

    @property
    @abstractmethod
    def exit_code(self) -> int | None: ...

    @abstractmethod
    def events(self, name: str, **fields: object) -> list[Event]:
        """Of all workers, in order."""

    @abstractmethod
    async def set_mode(self, mode: str) -> None: ...

    @property
    def orchestrator(self) -> Orchestrator:
        raise RuntimeError("this worker has none")


class Alone(Dubber):
    """One worker that nobody watches."""

    def __init__(self, folder: Path, stream: str) -> None:
        self._folder, self._stream = folder, stream
        self.worker: WorkerProcess | None = None

    def prepare(self, *, source: str, target: str, service: str, settings: Mapping[str, object]) -> None:
        own = dict(settings)
        env = own.pop("env", {})
        self.worker = WorkerProcess(
            self._folder,
            name=self._stream,
            input_url=f"{source}/{self._stream}-in",
            output_url=f"{target}/{self._stream}-out",
            sts_service_url=service,
            **{**COMMON, **own},
        )
        if isinstance(env, dict):
            self.worker.program.env |= env

    @property
    def _worker(self) -> WorkerProcess:
        if self.worker is None:
            raise RuntimeError("the worker was not prepared")
        return self.worker

    async def start(self) -> None:
        await self._worker.start()

    async def stop(self) -> None:
        await self._worker.stop()

    @property
    def pid(self) -> int:
        return self._worker.pid

    @property
    def watched_pid(self) -> int:
        return self._worker.pid if self._worker.running else 0

    @property
    def exit_code(self) -> int | None:
        return self._worker.program.exit_code

    def events(self, name: str, **fields: object) -> list[Event]:
        return self._worker.events(name, **fields)

    async def set_mode(self, mode: str) -> None:
        await self._worker.set_mode(mode)


class Kept(Dubber):
    """Those of an orchestrator, one after the other."""

    def __init__(self, folder: Path, stream: str) -> None:
        self._folder, self._stream = folder, stream
        self.port = free_port()
        self._orchestrator: Orchestrator | None = None
        self._told: list[Event] = []
        self._newest = 0
        self._following: asyncio.Task[None] | None = None

    def prepare(self, *, source: str, target: str, service: str, settings: Mapping[str, object]) -> None:
        variables = {"WORKER_SEGMENT_DURATION": str(SEGMENT_S)}
        self._orchestrator = Orchestrator(
            self._folder,
            command=REAL,
            env={**variables, **{name: str(value) for name, value in settings.items()}},
            port=self.port,
            sts_service_url=service,
            ingest_path="live/{id}-in",
            ingest_url=f"{source}/{{id}}-in",
            output_url=f"{target}/{{id}}-out",
            segment_mode="fixed",
            av_offset_ms=COMMON["av_offset_ms"],
            mix=COMMON["mix"],
            previews="false",
        )
        self._orchestrator.port = self.port

    @property
    def orchestrator(self) -> Orchestrator:
        if self._orchestrator is None:
            raise RuntimeError("the orchestrator was not prepared")
        return self._orchestrator

    async def start(self) -> None:
        await self.orchestrator.start()
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        following, self._following = self._following, None
        if following is None:
            return
        following.cancel()
        await asyncio.wait([following])
        await self.orchestrator.__aexit__(None, None, None)

    @property
    def pid(self) -> int:
        return self.orchestrator.pids(self._stream)[-1]

    @property
    def watched_pid(self) -> int:
        return self._newest

    @property
    def exit_code(self) -> int | None:
        return None

    def events(self, name: str, **fields: object) -> list[Event]:
        return [
            event
            for event in self._told
            if event["event"] == name and all(event.get(key) == fields[key] for key in fields)
        ]

    async def set_mode(self, mode: str) -> None:
        status, told = await self.orchestrator.ask("POST", f"/v1/streams/{self._stream}/mode", {"mode": mode})
        if status != 200:
            raise RuntimeError(str(told))

    async def _follow(self) -> None:
        """Listens to every worker that comes."""
        known: set[int] = set()
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            while True:
                for one in await asyncio.to_thread(self.orchestrator.workers, self._stream):
                    port = told_port(Path(one.environ[OUT_FILE]))
                    if one.identity.pid not in known and port is not None:
                        known.add(one.identity.pid)
                        self._newest = one.identity.pid
                        url = f"http://127.0.0.1:{port}/v1/events"
                        headers = {"Authorization": f"Bearer {one.environ[TOKEN]}"}
                        group.create_task(read_events(session, url, self._told, headers))
                await asyncio.sleep(LOOKS_S)
