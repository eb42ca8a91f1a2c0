"""systemd takes the units, and they let the services do little."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from docs.page import TREE
from livedub.verbs import VERBS
from media_service.orchestrator.settings import load

from deploying.dockerfile import DEPLOY

UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
NEEDED = {"LIVEDUB_STS_SERVICE_URL": "http://127.0.0.1:8000"}
ANALYZE = shutil.which("systemd-analyze")
each = pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
with_systemd = pytest.mark.skipif(ANALYZE is None, reason="this machine has no systemd-analyze")


def lines(unit: Path) -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE))


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(ANALYZE), *words], capture_output=True, text=True, timeout=50)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The units as they would be with the tree where it is: systemd looks for the commands."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace("/opt/livedub", str(TREE)))
    return tmp_path


@with_systemd
@each
def test_systemd_takes_it(unit: Path, here: Path) -> None:
    done = analyze("verify", "--man=no", here / unit.name)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@with_systemd
def test_systemd_finds_a_wrong_line(here: Path) -> None:
    unit = here / UNITS[0].name
    unit.write_text(unit.read_text().replace("NoNewPrivileges=yes", "NoNewPrivilege=yes"))
    assert "NoNewPrivilege" in analyze("verify", "--man=no", unit).stderr


@with_systemd
@each
def test_it_exposes_little(unit: Path, here: Path) -> None:
    told = analyze("security", "--offline=true", "--no-pager", here / unit.name).stdout
    (exposure,) = re.findall(r"Overall exposure level for \S+ (\d+\.\d+)", told)
    assert float(exposure) < 2.5


@each
def test_it_starts_a_verb_of_the_command_and_is_stopped_in_its_time(unit: Path) -> None:
    told = lines(unit)
    program, *words = shlex.split(told["ExecStart"])
    if program == "/opt/livedub/.venv/bin/livedub":
        assert words[0] in {known.name for known in VERBS}
    else:
        assert [program, *words] == ["/opt/livedub/.venv/bin/python", "-m", "media_service.orchestrator"]
    # One whose workers are to outlive it ends itself only; the others leave nothing behind.
    keeps = "LIVEDUB_ON_EXIT=keep" in told.get("Environment", "")
    assert told["KillMode"] == ("process" if keeps else "mixed")
    assert told["Restart"] == "on-failure"
    assert told["OOMPolicy"] == "continue"
    assert told["RestartPreventExitStatus"] == "2"
    assert int(told["TimeoutStopSec"]) >= 30
    for page in re.findall(r"/opt/livedub/(\S+\.md)", told["Documentation"]):
        assert (TREE / page).exists()


def test_workers_have_the_time_to_play_out() -> None:
    """What ends them waits for longer than the orchestrator gives them."""
    (whole,) = (unit for unit in UNITS if unit.stem == "livedub")
    assert int(lines(whole)["TimeoutStopSec"]) > load([], NEEDED).stop_s + 10


def test_a_restart_of_the_orchestrator_s_unit_keeps_streams_on_air() -> None:
    (unit,) = (unit for unit in UNITS if unit.stem == "livedub-orchestrator")
    told = dict(word.split("=", 1) for word in shlex.split(lines(unit)["Environment"]))
    environ = {**NEEDED, **{name: value.replace("%S", "/var/lib") for name, value in told.items()}}
    settings = load([], environ)
    assert settings.on_exit == "keep"
    # Where `livedub serve` has it too, so that the one may take the other's place.
    assert settings.state_dir == "/var/lib/livedub/livedub-state"


@each
def test_it_may_write_its_own_folder_only(unit: Path) -> None:
    told = lines(unit)
    assert (told["ProtectSystem"], told["ProtectHome"], told["NoNewPrivileges"]) == ("strict", "yes", "yes")
    assert told["WorkingDirectory"] == f"%S/{told['StateDirectory']}"
    if told["KillMode"] == "process":
        assert (told["User"], told.get("DynamicUser")) == ("livedub", None)
    else:
        assert told["DynamicUser"] == "yes"
    assert told["CapabilityBoundingSet"] == ""
