"""The demo, live: it checks itself, and leaves nothing."""

import contextlib
import os
import signal
from pathlib import Path

import psutil
import pytest
from running.command import Running
from servers.ports import free_port

NAMES = [
    *("page", "original plays", "dub plays", "dub speaks", "in sync"),
    *("transcript moves", "output speaks"),
]


PATIENT = {f"{stage}_TIMEOUT_MS": "30000" for stage in ("ASR", "TRANSLATION", "TTS")}
"""What is late because this machine is busy is not lost: the worker's deadline decides."""


def demo(folder: Path, *more: str) -> Running:
    return Running(folder, "demo", "--port", "0", "--rtmp-port", str(free_port()), *more, env=PATIENT)


def be_heard(command: Running) -> None:
    """The engines give way to all other processes: among other tests, which do not, they would starve.

    And the system shares its time among sessions, of which the demo has several.
    """
    for child in command.left():
        with contextlib.suppress(OSError):
            Path(f"/proc/{child.pid}/autogroup").write_text("-10")
        with contextlib.suppress(psutil.NoSuchProcess):
            for thread in child.threads():
                with contextlib.suppress(OSError):  # only root may
                    os.setpriority(os.PRIO_PROCESS, thread.id, 0)


def passes(folder: Path, on_air_s: int) -> None:
    with demo(folder, "--headless", "--json", "--on-air-s", str(on_air_s)) as command:
        command.wait_for(lambda: "what speaks:" in command.err.read_text(), "engines")
        be_heard(command)
        command.wait_for_worker()
        be_heard(command)
        code = command.ended()
        command.wait_until_nothing_is_left()
        told = command.report()
    assert [check["name"] for check in told["checks"]] == NAMES
    assert [check for check in told["checks"] if not check["passed"]] == []
    assert (code, told["passed"]) == (0, True)
    assert list(folder.glob("livedub-*/")) == []


def test_a_short_demo_passes_its_own_checks_and_leaves_nothing(tmp_path: Path) -> None:
    passes(tmp_path, 15)


@pytest.mark.slow
def test_a_demo_of_a_minute_passes_its_own_checks(tmp_path: Path) -> None:
    passes(tmp_path, 60)


def breaks_are_healed(command: Running) -> None:
    """The media server's, which is the programme's too."""

    def running(word: str) -> list[psutil.Process]:
        return [child for child in command.left() if any(word in part for part in child.cmdline())]

    def told(line: str) -> bool:
        return line in command.err.read_text()

    (server,) = running("nginx.conf")
    server.kill()
    command.wait_for(lambda: told("the media server ended by itself (-9); it is started again"), "end")
    command.wait_for(lambda: told("the programme ended by itself"), "end of the programme")
    command.wait_for(lambda: bool(running("nginx.conf") and running("livedub.demo.studio")), "both again")


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGKILL])
def test_nothing_of_a_demo_outlives_it(tmp_path: Path, name: signal.Signals) -> None:
    with demo(tmp_path) as command:
        command.wait_for_worker()
        command.wait_for(lambda: "on air after" in command.err.read_text(), "programme")
        if name is signal.SIGINT:
            breaks_are_healed(command)
        command.signal(name)
        assert command.ended() == (0 if name is signal.SIGINT else -name)
        command.wait_until_nothing_is_left()
    if name is signal.SIGINT:
        assert list(tmp_path.glob("livedub-*/")) == []
    assert "/#/stream/demo" in command.err.read_text()
