"""The processor that dubs: its engines, its threads, its voices, for as long as the server lives."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

from dubbing_protocol import ErrorCode, StreamInit
from service_kit.settings import SettingError

from sts_service.engines.errors import NoEngine
from sts_service.engines.threads import Threads
from sts_service.fitting import Limits, stretcher
from sts_service.full.artifacts import Artifacts
from sts_service.full.gpu import Gpus
from sts_service.full.lineup import Lineup
from sts_service.full.load import SOUND, Load
from sts_service.full.post import Given
from sts_service.full.settings import FullSettings
from sts_service.full.stream import FullStream, Shop
from sts_service.server.metrics import Metrics
from sts_service.server.processor import Processor, Readiness, StreamControl, StreamProcessor, StreamRefused
from sts_service.voices import Profile, Voices, VoicesWrong

log = logging.getLogger(__name__)

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""A container's own: so many microseconds of so many."""

SOUND_COSTS = 0.02
"""Seconds of a thread for a second of sound, before it is measured."""


class FullProcessor(Processor):
    """Opens streams once every stage has its engine."""

    batch_processing = True

    def __init__(
        self, settings: FullSettings, engines: Given | None = None, gpus: Gpus | None = None
    ) -> None:
        """`engines`: those that are not to be looked for. Raises `SettingError`."""
        self._voices = _voices(settings.voice_profiles_path)
        self.load = Load(settings.max_load, cores=cores())
        try:
            self._lineup = Lineup(settings, engines, self.load)
        except NoEngine as error:
            raise SettingError(str(error)) from error
        self._gpus = gpus or Gpus()
        self._artifacts = _artifacts(settings)
        self._threads = Threads(_threads(), "sound")
        self.load.equip(SOUND, _threads, SOUND_COSTS, is_of_machine=True)
        self.tried = asyncio.Event()
        """Every stage has its engine now, or none that serves it was found."""
        self._shop = Shop(
            lineup=self._lineup,
            threads=self._threads,
            limits=Limits(settings.dub_speed_min, settings.dub_speed_max),
            returns_original=settings.empty_fragment_audio == "original",
            artifacts=self._artifacts,
            gpu_percent=lambda: self._gpus.busiest_percent,
            load=self.load,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as held:
            held.push_async_callback(self._threads.close)
            held.push_async_callback(self._lineup.close)
            if self._artifacts:
                await held.enter_async_context(self._artifacts.run())
            async with asyncio.TaskGroup() as tasks:
                own = [tasks.create_task(self._start()), tasks.create_task(self._gpus.run())]
                try:
                    yield
                finally:
                    for task in own:
                        task.cancel()

    def open(self, stream: StreamInit, control: StreamControl) -> StreamProcessor:
        config = stream.config
        if not self._lineup.is_ready:
            problem = "a stage has no engine now" if self.tried.is_set() else "the engines are being started"
            raise StreamRefused(problem, code=ErrorCode.MODEL_ERROR)
        self._check_languages(config.source_language, config.target_language)
        profile = self._profile(config.voice_profile)
        engine = self._lineup.stage("tts").card.name
        voice = profile.voice(config.target_language, engine)
        if (no_room := self.load.refusal(stream.stream_id)) is not None:
            raise StreamRefused(no_room, code=ErrorCode.QUEUE_FULL)
        return FullStream(self._shop, stream, voice, control)

    def readiness(self) -> Readiness:
        detail = {
            "service": "full",
            "engines": {name: post.told() for name, post in self._lineup.posts.items()},
            "stretcher": stretcher(),
            "load": self.load.told(),
        }
        return Readiness(ready=self._lineup.is_ready, detail=detail)

    def measure(self, metrics: Metrics) -> None:
        for name, post in self._lineup.posts.items():
            metrics.waiting(name, post.stage.depth if post.stage else 0)
            metrics.engines(name, post.stage.running if post.stage else 0)
        metrics.load_ratio.set(self.load.need.ratio)
        for device, reading in self._gpus.latest.items():
            metrics.gpu_utilization.labels(device).set(reading.utilization_percent)
            metrics.gpu_memory.labels(device).set(reading.memory_bytes)

    async def _start(self) -> None:
        try:
            await self._threads.run(_warm_up)
            await self._lineup.start()
        except Exception as error:
            log.exception("the engines could not be started: %s", type(error).__name__)
        finally:
            self.tried.set()
        if self._lineup.is_ready:
            log.info("ready to dub; dubs are stretched by %s", stretcher() or "nothing")

    def _check_languages(self, source: str, target: str) -> None:
        wrong = []
        for name, post in self._lineup.posts.items():
            stage = post.stage
            if stage is None or stage.offer.serves(source, target):
                continue
            languages = {"asr": source, "tts": target}.get(name, f"{source} to {target}")
            wrong.append(f"{name}: {stage.card.name} does not know {languages}")
        if wrong:
            field = "config.target_language" if wrong[0].startswith("tts") else "config.source_language"
            raise StreamRefused("; ".join(wrong), field=field)

    def _profile(self, name: str) -> Profile:
        profile, engine = self._voices.profile(name), self._lineup.stage("tts").card.name
        if profile is None:
            known = ", ".join(self._voices.names)
            problem = f"no voice profile of this name; there are {known}"
        elif profile.engine not in ("auto", engine):
            problem = f"this voice profile is {profile.engine}'s, and {engine} speaks here"
        else:
            return profile
        raise StreamRefused(problem, code=ErrorCode.INVALID_VOICE_PROFILE, field="config.voice_profile")


def _voices(path: str | None) -> Voices:
    try:
        return Voices.load(path)
    except VoicesWrong as error:
        raise SettingError(f"VOICE_PROFILES_PATH: {error}") from error


def _artifacts(settings: FullSettings) -> Artifacts | None:
    if not settings.enable_artifact_logging:
        return None
    return Artifacts(
        Path(settings.artifacts_path),
        retention_hours=settings.artifact_retention_hours,
        max_count=settings.artifact_max_count,
    )


def _threads() -> int:
    """Decoding and fitting release the interpreter for most of their time, and wait for a child process."""
    return max(2, os.cpu_count() or 2)


def cores(quota: Path = CPU_QUOTA) -> float:
    """Those that we may use, which in a container or under `taskset` are not all."""
    ours = float(len(os.sched_getaffinity(0)))
    with contextlib.suppress(OSError, ValueError):  # no such file, or no limit: `max`
        used_us, of_us = quota.read_text().split()
        return min(ours, int(used_us) / int(of_us))
    return ours


def _warm_up() -> None:
    """What only the first fragment would have to wait for."""
    import numpy as np

    from sts_service.full.speech import span

    span(np.zeros(512, np.float32))
    stretcher()
