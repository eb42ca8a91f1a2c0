"""apps/media-service/README.md, `--help` and the tables in the code say the same."""

import dataclasses
import re
import shlex
from pathlib import Path

import pytest
from media_service import errors
from media_service.config import WorkerSettings, load
from media_service.config.settings import EXAMPLES, PROG
from media_service.metrics import WorkerMetrics
from media_service.worker.http import make_app
from service_kit.settings import default_text, flag, help_text, variable
from worker_http.station import FakeStation

README = Path(__file__).resolve().parents[2] / "README.md"
ROWS = dataclasses.fields(WorkerSettings)


def section(title: str) -> str:
    (found,) = re.findall(
        rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README.read_text("utf-8"), re.M | re.S
    )
    return str(found)


def table(title: str) -> list[tuple[str, ...]]:
    """Without its head, cells without backticks."""
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [tuple(cell.replace("`", "").strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def test_the_settings_are_those_of_the_table() -> None:
    assert table("Settings") == [
        (flag(row), variable(row, WorkerSettings.PREFIX), default_text(row), help_text(row)) for row in ROWS
    ]


def test_help_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        load(["--help"], {})
    assert exit_.value.code == 0
    shown = "".join(capsys.readouterr().out.split())
    for name, its_variable, default, meaning in table("Settings"):
        told = default if default == "required" else f"default {default}"
        assert f"{meaning} [{its_variable}, {told}]".replace(" ", "") in shown
        assert name in shown
    for example in EXAMPLES:
        assert example.replace(" ", "") in shown


def test_the_start_lines_are_the_examples_of_help_and_their_settings_are_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = re.findall(
        r"^\.venv/bin/(python -m media_service\.worker --stream.*)$", section("Run"), re.MULTILINE
    )
    assert lines == list(EXAMPLES)
    monkeypatch.chdir(tmp_path)
    Path("talk.mp4").touch()
    for line in lines:
        load(shlex.split(line.removeprefix(PROG)), {})


def test_the_exit_codes_are_those_of_the_errors() -> None:
    codes = {
        found.exit_code
        for found in vars(errors).values()
        if isinstance(found, type) and issubclass(found, errors.WorkerError)
    }
    assert {int(code) for code, _ in table("Exit codes")} == codes | {0}


def test_the_requests_are_those_of_the_port() -> None:
    routes = {
        f"{route.method} {route.resource.canonical}"
        for route in make_app(FakeStation()).router.routes()
        if route.method != "HEAD" and route.resource is not None
    }
    assert {request for request, _ in table("The worker's own port")} == routes


def test_the_metrics_are_those_of_the_worker() -> None:
    metrics = WorkerMetrics()
    metrics.slot_played("fallback", "late")
    page = metrics.page().decode()
    families = set(re.findall(r"^# TYPE (\S+) ", page, re.MULTILINE))
    rows = table("Metrics")
    assert {name for name, _, _ in rows} == {name for name in families if not name.endswith("_created")}
    for name, labels, _ in rows:
        series = re.findall(rf"^{name}(?:_bucket)?(?:{{(.*)}})? ", page, re.MULTILINE)
        assert series, name
        found = {label for of_one in series for label in re.findall(r"(\w+)=", of_one)} - {"le"}
        assert found == {label for label in labels.split(", ") if label}, name
