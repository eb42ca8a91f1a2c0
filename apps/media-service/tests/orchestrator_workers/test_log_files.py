"""Workers' logs stay bounded while the workers write, and tell how they ended."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.workers.launch import Launcher, told_port
from media_service.orchestrator.workers.log_files import bound, last_exit_code


def test_a_log_within_its_bound_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    assert not bound(file, 10)
    file.write_text("x" * 10)
    assert not bound(file, 10)
    assert file.read_text() == "x" * 10


def test_of_a_log_that_is_too_large_the_newer_half_is_kept_in_whole_lines(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text("".join(f"{number:09}\n" for number in range(100)))
    assert bound(file, 500)
    kept = (tmp_path / "a.log.1").read_text().splitlines()
    assert kept == [f"{number:09}" for number in range(76, 100)]
    assert file.read_text() == ""


def test_whoever_writes_goes_on_at_the_new_end(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    script = "import sys, time\nfor n in range(400): print(n, flush=True); time.sleep(0.001)"
    with file.open("ab") as log:
        writer = subprocess.Popen([sys.executable, "-c", script], stdout=log)
    largest = 0
    while writer.poll() is None:
        bound(file, 300)
        largest = max(largest, file.stat().st_size)
        time.sleep(0.005)
    assert largest < 1500
    assert b"\0" not in file.read_bytes()
    assert (file.read_text() or (tmp_path / "a.log.1").read_text()).endswith("399\n")


def test_a_log_that_nothing_can_be_kept_of_is_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.log"
    file.write_text("x" * 100)
    (tmp_path / "a.log.1").mkdir()
    assert bound(file, 50)
    assert file.stat().st_size == 0


@pytest.mark.parametrize(
    ("last", "code"),
    [
        ('{"message":"ended","exitCode":0}', 0),
        ('{"exitCode": 10, "x": 1}', 10),
        ("2026 INFO ended exitCode=20", 20),
        ("Segmentation fault", None),
        ("", None),
    ],
)
def test_the_last_line_tells_how_a_worker_ended(tmp_path: Path, last: str, code: int | None) -> None:
    file = tmp_path / "a.log"
    file.write_text('{"exitCode":30}\n' + "x" * 20_000 + "\n" + (last + "\n" if last else ""))
    assert last_exit_code(file) == code
    assert last_exit_code(tmp_path / "none") is None


@given(st.binary(max_size=300))
def test_any_log_can_be_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("log") / "a.log"
    file.write_bytes(content)
    last_exit_code(file)
    told_port(file)


def test_the_port_is_told_once_the_line_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    told = []
    for content in ("", "port", "port 401", "port 40123\n", "port x\n"):
        out.write_text(content)
        told.append(told_port(out))
    assert [told_port(tmp_path / "none"), *told] == [None, None, None, None, 40123, None]


def test_a_worker_gets_its_own_settings_and_none_of_the_orchestrators_secrets(tmp_path: Path) -> None:
    inherited = {
        "PATH": "/bin",
        "LIVEDUB_TOKEN": "secret",
        "WORKER_MIX": "replace",
        "WORKER_ID": "one-for-all",
        "WORKER_INPUT_URL": "rtmp://wrong.test/a/b",
        "WORKER_STREAM_ID": "wrong",
    }
    shared = {"WORKER_MIX": "duck", "WORKER_AV_OFFSET_MS": "3000"}
    launcher = Launcher(tmp_path, shared, inherited=inherited)
    one, other = (
        launcher.environment("worker", "a", {"WORKER_INPUT_URL": "rtmp://a.test/a/b"}) for _ in range(2)
    )
    assert one["WORKER_INPUT_URL"] == "rtmp://a.test/a/b"
    assert (one["WORKER_MIX"], one["WORKER_AV_OFFSET_MS"], one["WORKER_STREAM_ID"]) == (
        "replace",
        "3000",
        "a",
    )
    assert one["WORKER_CONTROL_TOKEN"] != other["WORKER_CONTROL_TOKEN"]
    assert "WORKER_ID" not in one
    assert "secret" not in one.values()
    assert not any("WORKER_" in word or "secret" in word for word in launcher.command)
