"""Stages with scripted engines, and calls on them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from sts_service.asr import Transcriber, Transcript
from sts_service.engines import EngineSettings, EngineSpec
from sts_service.full.stage import Stage
from sts_service.full.stage_call import Done
from sts_service.testing.fakes import transcriber
from sts_service.testing.script import Does, Script, Step

PATIENT_S = 600.0
"""Sound so long that a call with it has a hundred times the time-out, however busy the machine is."""

SOUND = np.full(16_000, 0.5, np.float32)
READY_S = 30.0


@contextlib.asynccontextmanager
async def stage_of(spec: EngineSpec[Any], **changes: Any) -> AsyncIterator[Stage[Any]]:
    settings = EngineSettings()
    options = {"timeout_ms": 20_000, "queue_bound": 100, "ready_timeout_s": READY_S, **changes}
    stage = Stage(spec, spec.check(settings), settings, **options)
    await stage.start()
    try:
        yield stage
    finally:
        await stage.close()
        assert (stage.running, stage.depth) == (0, 0)
        await asyncio.sleep(0)
        assert not stage._calls, "nothing is kept of calls that are over"


def steps(*does: Does | Step, takes_s: float = 0.0) -> Script:
    return Script(
        steps=tuple(one if isinstance(one, Step) else Step(does=one, takes_s=takes_s) for one in does)
    )


def scripted(*does: Does | Step, home: Any = "process", concurrency: int = 1) -> EngineSpec[Transcriber]:
    return transcriber(steps(*does), home=home, concurrency=concurrency)


async def transcribe(engine: Transcriber) -> Transcript:
    return await engine.transcribe(SOUND, "en", "")


def called(stage: Stage[Any], stream_id: str = "a", audio_s: float = 6.0, **more: Any) -> Any:
    """The task of a call."""
    return asyncio.create_task(_run(stage, stream_id, audio_s, more))


async def _run(stage: Stage[Any], stream_id: str, audio_s: float, more: dict[str, Any]) -> Done[Transcript]:
    return await stage.run(stream_id, transcribe, audio_s=audio_s, **more)
