"""The whole pipeline without a server: a processor with scripted engines, and streams opened on it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from dubbing_protocol import SimulatedPressure, StreamConfig, StreamInit
from sts_service.engines.registry import AnySpec
from sts_service.full.processor import FullProcessor
from sts_service.full.settings import FullSettings
from sts_service.server.processor import StreamProcessor
from sts_service.testing.fakes import synthesizer, transcriber, translator
from sts_service.testing.script import Script, read_journal

SAYS = "One two three."


class Control:
    """What a stream may ask of the server."""

    session_id = "session"

    def announce_pressure(self, pressure: SimulatedPressure) -> None:
        raise AssertionError("nobody simulates here")

    def cut(self) -> None:
        raise AssertionError("nobody cuts here")


def engines(
    asr: Script | None = None, translation: Script | None = None, tts: Script | None = None, **changes: Any
) -> dict[Any, AnySpec]:
    """Fakes on the loop that hear a short text unless told else; `changes` go to all of their cards."""
    asr = asr or Script()
    return {
        "asr": transcriber(asr if asr.says else replace(asr, says=(SAYS,)), home="loop", **changes),
        "translation": translator(translation or Script(), home="loop", **changes),
        "tts": synthesizer(tts or Script(), home="loop", **changes),
    }


def has_begun(journal: Path) -> bool:
    return journal.exists() and any(line["event"] == "begin" for line in read_journal(journal))


async def begun(journal: Path) -> None:
    """An engine has been called."""
    for _ in range(1000):
        if has_begun(journal):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


class Studio:
    def __init__(self, processor: FullProcessor) -> None:
        self.processor = processor

    def open(
        self, stream_id: str = "a", *, source: str = "en", target: str = "es", **config: Any
    ) -> StreamProcessor:
        given = {"sample_rate_hz": 48_000, "channels": 1, "format": "pcm_s16le", **config}
        init = StreamInit(
            stream_id=stream_id,
            worker_id="worker",
            config=StreamConfig(source_language=source, target_language=target, **given),
        )
        return self.processor.open(init, Control())


@contextlib.asynccontextmanager
async def studio(given: dict[Any, AnySpec] | None = None, **settings: Any) -> AsyncIterator[Studio]:
    """Entered once all engines have started, or none could."""
    # Every stream is let in, however busy this machine is, unless that is what is looked at.
    told = FullSettings(**{"max_load": 0.0, **settings})
    processor = FullProcessor(told, engines() if given is None else given)
    async with processor.running():
        async with asyncio.timeout(20):
            await processor.tried.wait()
        yield Studio(processor)
