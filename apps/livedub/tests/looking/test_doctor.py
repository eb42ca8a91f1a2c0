"""The doctor names what is missing, in one line each, with the command that fixes it."""

import ast
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import media_service.pipeline
import pytest
from livedub.__main__ import main
from livedub.doctor import examine, gstreamer, machine, speech
from livedub.doctor.finding import Finding
from media_service.pipeline.elements import ELEMENTS
from sts_service.full.settings import FullSettings

Output = pytest.CaptureFixture[str]
NO_ELEMENTS = frozenset({"pipeline", "alpha", "level"})
"""Words of the room that happen to name an element, too."""


LOOK = """
import sys
from media_service.pipeline.gst import Gst
for word in sys.argv[1:]:
    if (found := Gst.ElementFactory.find(word)) is not None:
        print(word, found.get_plugin().get_filename())
"""


def plugins_of(words: set[str]) -> dict[str, Path]:
    """Those words that name an element, and the plugin that has it; GStreamer is never loaded into a test."""
    command = [sys.executable, "-c", LOOK, *sorted(words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    pairs = (line.split(" ", 1) for line in done.stdout.splitlines())
    return {word: Path(plugin) for word, plugin in pairs}


def words_of(path: Path) -> set[str]:
    """Of the texts in a module that are no documentation."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]
    return {word for text in texts for word in re.findall(r"[a-z][a-z0-9]+", text)}


def test_every_element_that_the_pipelines_name_is_looked_for() -> None:
    room = Path(str(media_service.pipeline.__file__)).parent
    words = {word for path in room.glob("*.py") if path.name != "elements.py" for word in words_of(path)}
    named = set(plugins_of(words - NO_ELEMENTS))
    assert len(named) > 20
    assert named <= {element.name for element in ELEMENTS}


def test_every_package_that_is_named_is_one_that_setup_or_debian_brings() -> None:
    setup = (Path(__file__).resolve().parents[4] / "scripts/setup").read_text()
    named = {element.package for element in ELEMENTS} - {"libgstreamer1.0-0"}
    brought = "\n".join([setup, gstreamer.BINDING, *speech.EMBEDDED.values()])
    assert all(f'"{package} ' in setup for package in named)
    for package in re.findall(r"(?:gir1\.2|python3|libespeak|apertium)[\w.-]*", brought.partition(setup)[2]):
        assert f'"{package} ' in setup, package


def test_a_plugin_that_is_missing_is_named_with_its_package(tmp_path: Path) -> None:
    """Of the real plugins only those of one folder are there: all but one."""
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    real = plugins_of({"voaacenc"})["voaacenc"].parent
    for plugin in real.glob("*.so"):
        if plugin.name != "libgstvoaacenc.so":
            (plugins / plugin.name).symlink_to(plugin)
    environ = {
        **os.environ,
        "GST_PLUGIN_SYSTEM_PATH_1_0": str(plugins),
        "GST_PLUGIN_PATH_1_0": "",
        "GST_REGISTRY_1_0": str(tmp_path / "registry.bin"),
    }
    (found,) = gstreamer.find(environ)
    assert found.state == "missing"
    assert found.line().endswith(
        "the element voaacenc is missing, needed for the output's sound; "
        "fix: apt-get install gstreamer1.0-plugins-bad"
    )


def test_gstreamer_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gstreamer, "COMMAND", ("sh", "-c", "echo trace >&2; echo no gi >&2; exit 1"))
    (found,) = gstreamer.find(os.environ)
    assert (found.state, found.told, found.fix) == ("missing", "cannot be loaded: no gi", gstreamer.BINDING)
    monkeypatch.setattr(gstreamer, "COMMAND", ("sleep", "30"))
    monkeypatch.setattr(gstreamer, "LOOKING_S", 0.1)
    (found,) = gstreamer.find(os.environ)
    assert "did not load" in found.told


def test_what_only_some_streams_need_is_a_note() -> None:
    (note,) = gstreamer.judge(["srtsrc"])
    assert (note.state, note.told) == ("note", "the element srtsrc is missing, needed for SRT")
    (fine,) = gstreamer.judge([])
    assert fine.state == "ok"


def by_subject(source: str = "en", target: str = "es", **settings: Any) -> dict[str, Finding]:
    """With a voice that is always here."""
    told = FullSettings(**{"tts_engine": "tone", **settings})
    return {found.about: found for found in speech.find(told, source, target)}


def test_a_language_that_no_engine_knows_is_missing_with_a_fix() -> None:
    found = by_subject("xx", "es")
    assert found["engine asr"].state == found["engine translation"].state == "missing"
    assert found["engine asr"].fix == speech.EMBEDDED["asr"]
    assert found["engine tts"].state == "ok"


def test_an_engine_that_was_asked_for_and_is_not_here_is_missing() -> None:
    found = by_subject(asr_engine="whisperer")["engine asr"]
    assert found.state == "missing"
    assert found.fix == "livedub engines, then set ASR_ENGINE"


def test_a_model_that_is_not_here_is_a_note_with_the_verb_that_pulls_it(tmp_path: Path) -> None:
    settings = {"whisper_model": "small", "model_path": str(tmp_path)}
    assert by_subject(**settings)["model"].fix == "livedub models pull small"
    folder = tmp_path / "small"
    folder.mkdir()
    assert by_subject(**settings)["model"].state == "note"
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (folder / name).touch()
    assert by_subject(**settings)["model"].state == "ok"


def test_wrong_voices_are_missing(tmp_path: Path) -> None:
    (tmp_path / "voices.json").write_text("{}")
    found = by_subject(voice_profiles_path=str(tmp_path / "voices.json"))["voices"]
    assert (found.state, found.fix) == ("missing", "unset VOICE_PROFILES_PATH")


def test_without_rubber_band_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "stretcher", lambda: None)
    assert by_subject()["stretcher"].fix == "apt-get install rubberband-cli"


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = machine.ports("127.0.0.1", {"sts": port})
    assert (found.state, found.fix) == ("note", "livedub sts --port 0")
    (found,) = machine.ports("127.0.0.1", {"sts": 0})
    assert found.state == "ok"


@pytest.mark.parametrize(
    ("said", "state", "told"),
    [
        ("echo 'H200, 143771 MiB'", "ok", "H200, 143771 MiB"),
        ("exit 9", "note", "the NVIDIA driver finds no GPU"),
    ],
)
def test_the_gpu_is_what_the_driver_says(
    said: str, state: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{said}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = machine.gpu()
    assert (found.state, found.told) == (state, told)


def test_without_a_driver_there_is_no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.gpu().state == "note"


def test_the_verb_tells_every_finding_and_whether_all_is_there(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gstreamer, "find", lambda _: gstreamer.judge([]))
    monkeypatch.setenv("TTS_ENGINE", "tone")
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    settings = FullSettings(tts_engine="tone")
    assert len(lines) == len(list(examine(settings, os.environ, source="en", target="es")))
    assert all(line.startswith(("ok ", "note ")) for line in lines)
    assert main(["doctor", "--from", "xx", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["ready"] is False
    missing = [found for found in told["findings"] if found["state"] == "missing"]
    assert {found["about"] for found in missing} == {"engine asr", "engine translation"}
    assert all(found["fix"] for found in missing)


def test_the_element_looker_answers_for_this_machine() -> None:
    done = subprocess.run(gstreamer.COMMAND, capture_output=True, text=True, timeout=60)
    assert set(json.loads(done.stdout)) <= {element.name for element in ELEMENTS}
