"""`livedub engines` and `livedub models pull`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from livedub.__main__ import main
from neural.hub import hub_with
from sts_service.asr import whisper_models
from sts_service.engines.settings import EngineSettings

Output = pytest.CaptureFixture[str]
FILES = ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")


def a_model(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in FILES:
        (folder / name).write_text(f"this is {name}")
    return folder


def test_engines_are_told_for_machines(capsys: Output) -> None:
    assert main(["engines", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"asr", "translation", "tts"}
    espeak = next(engine for engine in told["tts"] if engine["name"] == "espeak")
    assert espeak["ready"]
    assert "GPL" in espeak["licence"]
    deepl = next(engine for engine in told["translation"] if engine["name"] == "deepl")
    assert (deepl["ready"], bool(deepl["why"])) == (False, True)


def test_engines_are_told_for_people_as_the_service_tells_them(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("livedub.toml").write_text('[engines]\nwhisper_model = "tiny"\n')
    monkeypatch.setattr("livedub.verbs.engines.listing", lambda settings: f"with {settings.whisper_model}")
    assert main(["engines"]) == 0
    assert capsys.readouterr().out == "with tiny\n"


def test_a_model_is_pulled_from_the_hub_into_a_folder_where_the_engine_finds_it(tmp_path: Path) -> None:
    with hub_with("Systran/faster-whisper-small", a_model(tmp_path / "offered")) as (address, asked):
        # The hub's client reads its variables when it is imported.
        hub = {"HF_HOME": str(tmp_path / "cache"), "HF_ENDPOINT": address, "HF_HUB_OFFLINE": "0"}
        command = [sys.executable, "-m", "livedub", "models", "pull", "small", "--into", "models", "--json"]
        done = subprocess.run(
            command, env={**os.environ, **hub}, capture_output=True, text=True, timeout=50, check=True
        )
    folder = Path(json.loads(done.stdout)["folder"])
    assert folder == Path("models/small")
    assert "100%" in done.stderr
    assert not any(path.is_symlink() for path in folder.iterdir())
    assert (folder / "model.bin").read_text() == "this is model.bin"
    assert whisper_models.on_disk(EngineSettings(whisper_model="small", model_path="models")) == folder
    assert asked


def test_without_a_hub_one_line_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Output) -> None:
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert main(["models", "pull", "small"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("livedub: cannot fetch Systran/faster-whisper-small from the hub (")
    assert told.endswith("; where the hub is out of reach, pull a folder\n")
    assert told.count("\n") == 1


def test_a_model_is_taken_from_a_folder(tmp_path: Path, capsys: Output) -> None:
    a_model(tmp_path / "usb/tiny")
    assert main(["models", "pull", str(tmp_path / "usb/tiny"), "--into", "models"]) == 0
    assert capsys.readouterr().out.endswith("engines look there with MODEL_PATH=models\n")
    settings = EngineSettings(whisper_model="tiny", model_path="models")
    assert whisper_models.on_disk(settings) == Path("models/tiny")
    # Once more, of itself: nothing is lost.
    assert main(["models", "pull", "./models/tiny", "--into", "models"]) == 0
    assert whisper_models.on_disk(settings) == Path("models/tiny")


def test_a_folder_needs_a_place_to_go(
    tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_model(tmp_path / "tiny")
    assert main(["models", "pull", "./tiny"]) == 2
    assert "say with --into, or by MODEL_PATH" in capsys.readouterr().err
    assert main(["models", "pull", "./no-model", "--into", "models"]) == 2
    assert capsys.readouterr().err == "livedub: ./no-model: no such folder\n"
    monkeypatch.setenv("MODEL_PATH", "models")
    assert main(["models", "pull", "./tiny"]) == 0
    (tmp_path / "file").touch()
    assert main(["models", "pull", "./tiny", "--into", "file/in"]) == 2
    assert "cannot be written" in capsys.readouterr().err
