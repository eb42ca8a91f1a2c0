"""The system's eSpeak comes first: loaded before it, the one of the neural voices would take its name."""

import contextlib

import pytest
from sts_service.tts.espeak_library import NoLibrary, library


@pytest.fixture(scope="session", autouse=True)
def the_systems_espeak_is_loaded() -> None:
    with contextlib.suppress(NoLibrary):
        library()
