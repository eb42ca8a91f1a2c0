"""The life of `livedub serve`: one page, one speech service, and nothing left."""

import re
import signal
import socket
import urllib.request
from pathlib import Path

import psutil
import pytest
from running.command import Running
from servers.ports import LOCAL

PAGE = re.compile(r"control room: (http://\S+)/$", re.MULTILINE)


@pytest.fixture
def light(tmp_path: Path) -> dict[str, str]:
    """Engines that start in no time."""
    words = tmp_path / "words.vtt"
    words.write_text("WEBVTT\n\n00:00.500 --> 00:29.000\ngood evening\n")
    return {
        "ASR_ENGINE": "scripted",
        "SCRIPTED_TRANSCRIPT": str(words),
        "TRANSLATION_ENGINE": "identity",
        "TTS_ENGINE": "tone",
    }


def serve(folder: Path, light: dict[str, str], *more: str) -> Running:
    flags = ("--port", "0", "--to", "en", "--state-dir", str(folder / "state"), *more)
    return Running(folder, "serve", *flags, env=light)


def page(command: Running) -> str:
    found = PAGE.findall(command.err.read_text())
    return found[-1] if found else ""


def ready(command: Running) -> bool:
    return "speech service ready: asr scripted" in command.err.read_text()


def status(url: str) -> int:
    with urllib.request.urlopen(f"{url}/healthz", timeout=10) as answer:
        return int(answer.status)


def children(command: Running, module: str) -> list[psutil.Process]:
    return [child for child in command.left() if module in child.cmdline()]


def test_what_ends_is_started_again_where_it_was_and_ctrl_c_ends_all(
    tmp_path: Path, light: dict[str, str]
) -> None:
    with serve(tmp_path, light) as command:
        command.wait_for(lambda: ready(command), "engines")
        address = page(command)
        assert status(address) == 200
        (service,) = children(command, "sts_service.full")
        (room,) = children(command, "media_service.orchestrator")
        key = psutil.Process(service.pid).environ()["STS_API_KEY"]
        assert room.environ()["LIVEDUB_STS_API_KEY"] == key
        assert not any(key in line for line in command.command_lines())
        service.kill()
        room.kill()
        command.wait_for(
            lambda: bool(
                children(command, "sts_service.full")
                and children(command, "media_service.orchestrator")
                and _answers(address)
            ),
            "both again, at the same address",
        )
        (other,) = children(command, "sts_service.full")
        assert other.environ()["PORT"] == re.search(r":(\d+)$", _sts_url(command))[1]  # type: ignore[index]
        command.signal(signal.SIGINT)
        assert command.ended() == 0
        command.wait_until_nothing_is_left()
    told = command.err.read_text()
    assert "the speech service ended by itself (-9); it is started again" in told
    assert "the control room ended by itself (-9); it is started again" in told
    assert key not in told
    assert key not in (tmp_path / "state/livedub.log").read_text()


def _answers(address: str) -> bool:
    try:
        return status(address) == 200
    except OSError:
        return False


def _sts_url(command: Running) -> str:
    (room,) = children(command, "media_service.orchestrator")
    return str(room.environ()["LIVEDUB_STS_SERVICE_URL"])


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_it_is_ended(
    tmp_path: Path, light: dict[str, str], name: signal.Signals
) -> None:
    with serve(tmp_path, light) as command:
        command.wait_for(lambda: page(command) != "", "page")
        command.look()
        command.signal(name)
        assert command.ended() == (0 if name is signal.SIGTERM else -name)
        command.wait_until_nothing_is_left()


def test_somebody_elses_speech_service_is_used_and_none_is_started(tmp_path: Path) -> None:
    with serve(tmp_path, {}, "--sts", "http://127.0.0.1:9", "--sts-key", "hunter2") as command:
        command.wait_for(lambda: page(command) != "", "page")
        assert children(command, "sts_service.full") == []
        (room,) = children(command, "media_service.orchestrator")
        assert room.environ()["LIVEDUB_STS_API_KEY"] == "hunter2"  # pragma: allowlist secret
        assert not any("hunter2" in line for line in command.command_lines())
        command.signal(signal.SIGTERM)
        assert command.ended() == 0
        command.wait_until_nothing_is_left()


def test_a_port_that_is_taken_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((LOCAL, 0))
        taken.listen()
        port = taken.getsockname()[1]
        flags = ("--sts", "http://127.0.0.1:9", "--state-dir", "state")
        with Running(tmp_path, "serve", "--port", str(port), *flags) as command:
            assert command.ended() == 2
            command.wait_until_nothing_is_left()
    (line,) = command.err.read_text().splitlines()
    assert line.startswith(f"livedub: --host, --port: cannot listen on {LOCAL}:{port}")


@pytest.mark.slow
def test_one_state_folder_is_for_one(tmp_path: Path) -> None:
    flags = ("--sts", "http://127.0.0.1:9")
    other = tmp_path / "other"
    other.mkdir()
    with serve(tmp_path, {}, *flags) as command:
        command.wait_for(lambda: page(command) != "", "page")
        with Running(other, "serve", "--port", "0", "--state-dir", tmp_path / "state", *flags) as second:
            assert second.ended() == 2
        assert "livedub: --state-dir: another" in second.err.read_text()
        assert _answers(page(command))


def test_a_service_that_never_can_speak_ends_it(tmp_path: Path, light: dict[str, str]) -> None:
    missing = {**light, "ASR_ENGINE": "whisperer"}
    with serve(tmp_path, missing) as command:
        assert command.ended() == 2
        command.wait_until_nothing_is_left()
    *_, last = command.err.read_text().splitlines()
    assert last.startswith("livedub: speech service: ASR_ENGINE: whisperer is no engine for asr")
    assert Path(tmp_path, last.rpartition("(log: ")[2].rstrip(")")).is_file()
