"""Where models lie, what is said where they do not, and the way from the hub."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sts_service.asr import faster_whisper
from sts_service.asr.whisper_models import languages, repo_of
from sts_service.engines import EngineSettings, EngineSpec, NotHere, model_files
from sts_service.engines.native import out_of_memory, threads
from sts_service.translation import ctranslate2
from sts_service.tts import kokoro, xtts

from neural import tiny_whisper
from neural.hub import hub_with

START = """
import sys
from sts_service.asr import faster_whisper
from sts_service.engines import EngineSettings, EngineSpec, NotHere
try:
    faster_whisper.make(EngineSettings(whisper_model="tiny", download_models=sys.argv[1] == "fetch"))
except NotHere as reason:
    sys.exit(str(reason))
"""


def start(home: Path, hub: str, how: str) -> "subprocess.CompletedProcess[str]":
    # The hub's package reads its variables when it is imported.
    env = {**os.environ, "HF_HOME": str(home), "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0"}
    return subprocess.run(
        [sys.executable, "-c", START, how], env=env, capture_output=True, text=True, timeout=50
    )


def test_a_model_is_fetched_when_that_is_wanted_and_then_found_without_the_hub(tmp_path: Path) -> None:
    tiny_whisper.random(tmp_path / "offered")
    with hub_with("Systran/faster-whisper-tiny", tmp_path / "offered") as (address, asked):
        unwanted = start(tmp_path / "home", address, "")
        assert "DOWNLOAD_MODELS" in unwanted.stderr
        assert asked == []
        fetched = start(tmp_path / "home", address, "fetch")
        assert fetched.returncode == 0, fetched.stderr[-1000:]
        assert "100%" in fetched.stderr
        assert any(path.endswith("model.bin") for path in asked)
        asked.clear()
        again = start(tmp_path / "home", address, "")
        assert again.returncode == 0, again.stderr[-1000:]
        assert asked == []


def test_a_hub_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    told = start(tmp_path, "http://127.0.0.1:9", "fetch")
    assert told.returncode == 1
    assert "cannot fetch Systran/faster-whisper-tiny" in told.stderr


@pytest.mark.parametrize("folder", ["small", "faster-whisper-small", "whisper-small"])
def test_a_model_is_found_by_any_of_its_names(tmp_path: Path, folder: str) -> None:
    tiny_whisper.random(tmp_path / folder)
    offer = faster_whisper.SPEC.check(EngineSettings(model_path=str(tmp_path), whisper_model="small"))
    assert offer.model == "small"
    assert offer.serves("es-MX", "any")
    assert not offer.serves("eo", "any")


def test_an_incomplete_model_is_told_with_what_it_lacks(tmp_path: Path) -> None:
    tiny_whisper.random(tmp_path / "small")
    (tmp_path / "small/tokenizer.json").unlink()
    with pytest.raises(NotHere, match=r"tokenizer\.json"):
        faster_whisper.SPEC.check(EngineSettings(model_path=str(tmp_path), whisper_model="small"))


def test_a_missing_model_is_told_with_what_to_do(tmp_path: Path) -> None:
    settings = EngineSettings(model_path=str(tmp_path), whisper_model="small")
    for ask in (faster_whisper.SPEC.check, faster_whisper.SPEC.make):
        with pytest.raises(NotHere, match=r"^WHISPER_MODEL .*DOWNLOAD_MODELS.*MODEL_PATH"):
            ask(settings)
    wanted = EngineSettings(model_path=str(tmp_path), whisper_model="small", download_models=True)
    assert faster_whisper.SPEC.check(wanted).model == "small"


@pytest.mark.parametrize(
    ("spec", "extra"),
    [
        (faster_whisper.SPEC, "whisper"),
        (ctranslate2.SPEC, "ctranslate2"),
        (kokoro.SPEC, "kokoro"),
        (xtts.SPEC, "xtts"),
    ],
)
def test_without_its_library_an_engine_tells_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
    spec: EngineSpec[Any],
    extra: str,
) -> None:
    monkeypatch.setattr(model_files, "find_spec", lambda name: None)
    with pytest.raises(NotHere, match=rf"sts-service\[{extra}\]"):
        spec.check(EngineSettings())


@pytest.mark.parametrize(
    ("name", "repo"),
    [
        ("medium", "Systran/faster-whisper-medium"),
        ("small.en", "Systran/faster-whisper-small.en"),
        ("large", "Systran/faster-whisper-large-v3"),
        ("turbo", "mobiuslabsgmbh/faster-whisper-large-v3-turbo"),
        ("distil-large-v3", "Systran/faster-distil-whisper-large-v3"),
        ("distil-large-v3.5", "distil-whisper/distil-large-v3.5-ct2"),
        ("someone/their-whisper", "someone/their-whisper"),
    ],
)
def test_the_names_are_those_of_faster_whisper(name: str, repo: str) -> None:
    from faster_whisper.utils import _MODELS

    assert repo_of(name) == repo
    assert _MODELS.get(name, name) == repo


def test_the_languages_are_those_of_faster_whisper() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert set(_LANGUAGE_CODES) - {"yue"} <= set(languages("medium"))
    assert set(languages("medium")) - set(_LANGUAGE_CODES) == {"nb", "jv", "fil"}
    assert languages("small.en") == ("en",)


def test_threads_are_at_least_one_and_no_more_than_asked_for() -> None:
    assert threads(1) == 1
    assert 1 <= threads() <= 8


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA failed with error out of memory"),
        RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"),
        type("OutOfMemoryError", (RuntimeError,), {})("Tried to allocate 2 GiB"),
    ],
)
def test_the_ways_to_run_out_of_memory_are_known(error: Exception) -> None:
    assert out_of_memory(error)
    assert not out_of_memory(ValueError("memory of an elephant"))
