"""What the demo decides before anything runs."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livedub.__main__ import main
from livedub.demo import programs, words
from livedub.demo.checks import Check
from livedub.demo.life import environment, port_of, settings_of
from livedub.demo.server import configuration, free_port
from livedub.errors import CheckFailed, OurFault, SettingsWrong
from livedub.serve.life import check
from livedub.settings import ConfigFile, DemoSettings, Reading, read
from livedub.verbs.demo import tell


def reading(**said: str) -> Reading[DemoSettings]:
    return read(DemoSettings, said, {}, file=ConfigFile())


@given(st.sets(st.integers(8080, 8120)))
def test_the_next_free_port_is_taken_and_said_where_nobody_asked_for_one(taken: set[int]) -> None:
    said: list[str] = []
    port = port_of("port", reading(), said.append, free=lambda port: port not in taken)
    assert port not in taken
    assert all(other in taken for other in range(8080, port))
    assert said == ([] if port == 8080 else [f"port 8080 is in use: {port} is used instead"])


def test_a_port_that_was_asked_for_and_is_taken_is_told() -> None:
    with pytest.raises(SettingsWrong, match=r"^--port: port 8090 is in use$"):
        port_of("port", reading(port="8090"), print, free=lambda port: False)
    assert port_of("port", reading(port="8090"), print, free=lambda port: True) == 8090


def test_where_no_port_is_free_it_is_told() -> None:
    with pytest.raises(OurFault, match="no port from 65530 on is free"):
        free_port(65530, free=lambda port: False)


def test_nobodys_settings_reach_the_demo_but_the_choice_of_engines() -> None:
    told = environment({"LIVEDUB_TOKEN": "t", "WORKER_DUCK_DB": "1", "TTS_ENGINE": "piper", "PATH": "/bin"})
    assert told == {
        "PATH": "/bin",
        "ASR_ENGINE": "pocketsphinx",
        "TRANSLATION_ENGINE": "apertium",
        "TTS_ENGINE": "piper",
    }


def test_the_orchestrator_takes_the_demos_settings(tmp_path: Path) -> None:
    settings = settings_of(8080, 1936, tmp_path)
    check(settings, ConfigFile(), {})
    assert settings.ingest_url == "rtmp://127.0.0.1:1936/live/{id}-in"
    assert settings.ingest_path == "live/{id}-in"
    assert settings.output_url.endswith("/live/{id}-out")


def test_the_media_server_listens_on_this_machine_only_and_tells_the_hooks(tmp_path: Path) -> None:
    told = configuration(tmp_path, Path("/m/rtmp.so"), 1936, "http://127.0.0.1:8080/hooks")
    assert "listen 127.0.0.1:1936;" in told
    assert "on_publish http://127.0.0.1:8080/hooks; on_publish_done http://127.0.0.1:8080/hooks;" in told
    assert told.count(" listen ") == 1


def test_what_is_missing_is_one_line_with_the_command_that_brings_all_of_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "_ALSO", str(tmp_path))
    monkeypatch.setattr(programs, "FONTS", tmp_path)
    assert main(["demo"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert told[-1].startswith("livedub: nginx is not installed; flite is not installed; ")
    assert told[-1].endswith(
        "fix: apt-get install nginx-light libnginx-mod-rtmp flite ffmpeg fonts-dejavu-core"
    )
    assert {finding.state for finding in programs.findings()} == {"note"}


def test_the_introduction_names_the_page_and_how_to_bring_your_own() -> None:
    lines = "\n".join(words.introduction("http://127.0.0.1:8081", 1936))
    assert "http://127.0.0.1:8081/#/stream/demo" in lines
    assert "rtmp://127.0.0.1:1936/live/talk-in" in lines
    assert " dub talk.mp4 talk-es.mp4 --to es" in lines
    (speaking, better) = words.speaking({"asr": "pocketsphinx", "tts": "espeak"})
    assert "recognition pocketsphinx, voice espeak" in speaking
    assert "DEEPL_API_KEY" in better


@pytest.mark.parametrize("as_json", [True, False])
def test_a_failed_check_is_exit_code_1(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = Check("page", True, "answered 200"), Check("in sync", False, "sound +90.0 ms")
    assert tell([good], as_json=as_json) == 0
    with pytest.raises(CheckFailed, match="the demo's self-check failed: in sync") as failed:
        tell([good, bad], as_json=as_json)
    assert failed.value.exit_code == 1
    shown: Any = capsys.readouterr().out
    assert "answered 200" in shown
    assert os.linesep in shown
