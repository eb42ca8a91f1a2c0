"""The engines, made once: each lives in this process, which can hold one eSpeak NG only."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sts_service.asr import Transcriber
from sts_service.asr.pocketsphinx import SPEC as POCKETSPHINX
from sts_service.engines import EngineSettings, EngineSpec, NotHere
from sts_service.engines.spec import E
from sts_service.translation.apertium import Apertium
from sts_service.translation.apertium_modes import installed
from sts_service.tts import Synthesizer
from sts_service.tts.espeak import SPEC as ESPEAK


def _made(spec: EngineSpec[E]) -> E:
    try:
        return spec.make(EngineSettings())
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def pocketsphinx() -> Iterator[Transcriber]:
    engine = _made(POCKETSPHINX)
    yield engine
    asyncio.run(engine.close())


@pytest.fixture
async def espeak() -> AsyncIterator[Synthesizer]:
    engine = _made(ESPEAK)
    yield engine
    await engine.close()


@pytest.fixture
async def apertium() -> AsyncIterator[Apertium]:
    modes = installed()
    if not modes:
        pytest.skip("Apertium has no pair of languages here")
    engine = Apertium(modes)
    yield engine
    await engine.close()
