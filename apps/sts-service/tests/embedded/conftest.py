"""The engines as they are installed here, each made once where it can be."""

from collections.abc import AsyncIterator

import pytest
from sts_service.asr.pocketsphinx import PocketSphinx
from sts_service.engines import NotHere
from sts_service.translation.apertium import Apertium
from sts_service.translation.apertium_modes import installed
from sts_service.tts.espeak import Espeak


@pytest.fixture(scope="package")
def pocketsphinx() -> PocketSphinx:
    try:
        return PocketSphinx()
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="package")
def espeak() -> Espeak:
    try:
        return Espeak()
    except NotHere as reason:
        pytest.skip(str(reason))


@pytest.fixture
async def apertium() -> AsyncIterator[Apertium]:
    if not installed():
        pytest.skip("Apertium has no pair of languages here")
    engine = Apertium(installed())
    yield engine
    await engine.close()
