"""The speech service's answer, as the page is told of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.speech.answer import SpeechView, ready, unreachable

BEFORE = SpeechView(state="starting", service="http://127.0.0.1:8000")
ENGINES: dict[str, Any] = {
    "asr": {"engine": "pocketsphinx", "kind": "embedded", "model": "en-us", "licence": "BSD-2-Clause"},
    "translation": {"engine": "deepl", "kind": "cloud", "model": "next-gen", "licence": "proprietary"},
    "tts": {"engine": None, "model": None, "why": "the engines are still being tried"},
}
KEYS = st.sampled_from(["asr", "tts", "engine", "kind"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda more: st.lists(more, max_size=3) | st.dictionaries(KEYS, more),
    max_leaves=8,
)


def test_each_stage_has_its_engine_and_what_would_be_better_where_it_is_embedded() -> None:
    told = ready(BEFORE, 200, {"ready": True, "service": "full", "engines": ENGINES})
    assert (told.state, told.kind, told.service) == ("ready", "full", "http://127.0.0.1:8000")
    assert [stage.stage for stage in told.stages] == ["recognition", "translation", "voice"]
    recognition, translation, voice = told.stages
    assert (recognition.engine, recognition.embedded, recognition.licence) == (
        "pocketsphinx",
        True,
        "BSD-2-Clause",
    )
    assert "faster-whisper" in (recognition.better or "")
    assert (translation.engine, translation.embedded, translation.better) == ("deepl", False, None)
    assert (voice.engine, voice.model) == (None, None)


def test_one_that_is_not_ready_is_starting() -> None:
    told = ready(BEFORE, 503, {"ready": False, "service": "full", "engines": ENGINES})
    assert told.state == "starting"
    assert len(told.stages) == 3


def test_an_echo_has_no_stages() -> None:
    told = ready(BEFORE, 200, {"ready": True, "service": "echo"})
    assert (told.state, told.kind, told.stages) == ("ready", "echo", ())


@pytest.mark.parametrize(("status", "told"), [(404, {"ready": True}), (200, "ok"), (200, None), (401, {})])
def test_what_is_no_speech_service_is_none(status: int, told: Any) -> None:
    assert ready(BEFORE, status, told).state == "unreachable"


def test_what_spoke_before_is_not_shown_of_one_that_is_gone() -> None:
    spoke = ready(BEFORE, 200, {"ready": True, "service": "full", "engines": ENGINES})
    assert unreachable(spoke) == SpeechView(state="unreachable", service=spoke.service)


@given(st.dictionaries(st.sampled_from(["ready", "service", "engines"]), JSON))
def test_nonsense_is_no_fault(told: dict[str, Any]) -> None:
    view = ready(BEFORE, 200, told)
    assert view.state in ("ready", "starting")
    assert len(view.stages) <= 3
