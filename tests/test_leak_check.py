"""What the tests may not leave behind, `scripts/leak-check` finds."""

import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

TREE = Path(__file__).resolve().parent.parent

ORPHAN = """
import subprocess, sys
command = [sys.executable, "-c", {code!r}]
subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE).stdout.readline()
"""
LISTEN = """
import socket, time
with socket.create_server(("127.0.0.1", 0)):
    print("listening", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of its own that holds nothing but the script."""
    scripts = tmp_path / "tree" / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy(TREE / "scripts" / "leak-check", scripts)
    return tmp_path / "tree"


def leak_check(tree: Path, code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/leak-check", sys.executable, "-c", code]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=30)


def test_a_command_that_leaves_nothing_passes(tree: Path) -> None:
    result = leak_check(tree, "print('done')")
    assert (result.returncode, result.stdout, result.stderr) == (0, "done\n", "")


def test_the_commands_own_exit_status_is_kept(tree: Path) -> None:
    assert leak_check(tree, "raise SystemExit(7)").returncode == 7


def test_what_is_left_outweighs_the_commands_own_exit_status(tree: Path) -> None:
    result = leak_check(tree, "open('forgotten.txt', 'w').close(); raise SystemExit(7)")
    assert (result.returncode, result.stderr) == (9, "left behind: file in the tree: forgotten.txt\n")


def test_an_orphan_and_its_port_are_named_and_the_orphan_is_stopped(tree: Path) -> None:
    result = leak_check(tree, ORPHAN.format(code=LISTEN))
    assert result.returncode == 9
    assert "listens on 127.0.0.1:" in result.stderr
    pid = int(result.stderr.split("left behind: process ")[1].split(":")[0])
    assert not psutil.pid_exists(pid)


def test_a_child_that_ends_by_itself_is_no_leak(tree: Path) -> None:
    code = "import time; print('started', flush=True); time.sleep(0.3)"
    assert leak_check(tree, ORPHAN.format(code=code)).returncode == 0


def test_an_orphan_that_has_ended_is_gone_while_the_command_still_runs(tree: Path) -> None:
    code = """
import pathlib, subprocess, sys, time
shell = "sleep 0.2 & echo $!"
pid = subprocess.run(["sh", "-c", shell], stdout=subprocess.PIPE, text=True).stdout.strip()
deadline = time.monotonic() + 20
while pathlib.Path("/proc", pid).exists() and time.monotonic() < deadline:
    time.sleep(0.05)
sys.exit(pathlib.Path("/proc", pid).exists())
"""
    assert leak_check(tree, code).returncode == 0


def test_a_file_in_the_tree_is_named(tree: Path) -> None:
    result = leak_check(tree, "open('scripts/forgotten.txt', 'w').close()")
    assert (result.returncode, result.stderr) == (9, "left behind: file in the tree: scripts/forgotten.txt\n")


def test_a_file_in_the_temp_folder_is_named_and_removed(tree: Path) -> None:
    result = leak_check(tree, "import tempfile; print(tempfile.mkstemp(suffix='.wav')[1])")
    assert result.returncode == 9
    assert "left behind: file in the temp folder: " in result.stderr
    assert not Path(result.stdout.strip()).exists()


def test_what_the_tools_cache_is_no_leak(tree: Path) -> None:
    code = "import os; os.mkdir('.mypy_cache'); open('.mypy_cache/x', 'w'); open('.coverage', 'w')"
    assert leak_check(tree, code).returncode == 0
