"""apps/media-service/README.md, `--help`, the routes and the tables in the code say the same."""

import asyncio
import dataclasses
import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from docs.page import Section, sections
from fastapi import FastAPI
from media_service.orchestrator.control.arrivals import Arrivals
from media_service.orchestrator.control.secrets import Secrets
from media_service.orchestrator.control.stream_view import State
from media_service.orchestrator.errors import SettingsWrong
from media_service.orchestrator.http.app import OPENAPI, make_routes
from media_service.orchestrator.metrics import OrchestratorMetrics
from media_service.orchestrator.run import EXIT_FAULT, EXIT_OK, make_roster
from media_service.orchestrator.settings import EXAMPLES, PROG, OrchestratorSettings, load
from orchestrator_process.process import Orchestrator
from service_kit.settings import default_text, flag, help_text, variable

README = Path(__file__).resolve().parents[2] / "README.md"
HOOK = Path(__file__).resolve().parents[4] / "deploy/mediamtx-hook"
ROWS = dataclasses.fields(OrchestratorSettings)


def section(title: str) -> Section:
    (found,) = (one for one in sections(README) if one.title == title)
    return found


def table(title: str) -> list[tuple[str, ...]]:
    return [tuple(row.values()) for row in section(title).table()]


def lines() -> list[str]:
    return [line for block in section("The orchestrator").blocks("sh") for line in block.lines]


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    settings = OrchestratorSettings(sts_service_url="http://127.0.0.1:8000")
    roster = make_roster(settings, tmp_path, ("true",), Secrets([], []))
    return make_routes(roster, Arrivals(roster))


def test_the_settings_are_those_of_the_table() -> None:
    assert table("Settings of the orchestrator") == [
        (flag(row), variable(row, OrchestratorSettings.PREFIX), default_text(row), help_text(row))
        for row in ROWS
    ]


def test_help_tells_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        load(["--help"], {})
    assert exit_.value.code == 0
    shown = "".join(capsys.readouterr().out.split())
    for name, its_variable, default, meaning in table("Settings of the orchestrator"):
        told = default if default == "required" else f"default {default}"
        assert f"{meaning} [{its_variable}, {told}]".replace(" ", "") in shown
        assert name in shown


def test_the_start_lines_are_the_examples_of_help_and_their_settings_are_right() -> None:
    starts = [line for line in lines() if PROG in line]
    assert [line.removeprefix(".venv/bin/") for line in starts] == list(EXAMPLES)
    for line in starts:
        load(shlex.split(line.partition(PROG)[2]), {})


def test_the_requests_are_those_of_the_application(app: FastAPI) -> None:
    documented = {
        f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods
    }
    assert {request for request, _ in table("Requests")} == documented | {f"GET {OPENAPI}"}


def test_every_error_is_documented_as_a_problem(app: FastAPI) -> None:
    document = app.openapi()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400 and operation["tags"] != ["health"]:
                    assert list(answer["content"]) == ["application/problem+json"]


def test_the_states_and_exit_codes_are_those_of_the_code() -> None:
    assert {state for state, _ in table("States of a stream")} == set(get_args(State))
    codes = {int(code) for code, _ in table("Exit codes of the orchestrator")}
    assert codes == {EXIT_OK, SettingsWrong.exit_code, EXIT_FAULT}


def test_the_metrics_are_those_of_the_orchestrator() -> None:
    metrics = OrchestratorMetrics()
    metrics.watch(lambda: {"dubbing": 1}, Path("/"))
    metrics.worker_ends.labels("crashed").inc()
    metrics.hooks.labels("ready", "news").inc()
    metrics.reconciliations.labels("known").inc()
    page = metrics.page().decode()
    rows = table("Metrics of the orchestrator")
    families = set(re.findall(r"^# TYPE (\S+) ", page, re.MULTILINE))
    assert {name for name, _, _ in rows} == {name for name in families if not name.endswith("_created")}
    for name, labels, _ in rows:
        (series, *_) = re.findall(rf"^{name}(?:{{(.*)}})? ", page, re.MULTILINE)
        assert set(re.findall(r"(\w+)=", series)) == {label for label in labels.split(", ") if label}, name


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    with Orchestrator(tmp_path_factory.mktemp("orchestrator"), hook_token="hook-token-1").shared() as one:
        one.tell_workers()
        yield one


def test_the_requests_that_are_shown_do_what_is_said(running: Orchestrator) -> None:
    curls = [line for line in lines() if line.startswith("curl ")]
    assert len(curls) + len(EXAMPLES) == len(lines())
    answers = [
        run(shlex.split(line.replace("127.0.0.1:8080", f"127.0.0.1:{running.port}"))) for line in curls
    ]
    added, switched, shown, deleted = (json.loads(answer or "{}") for answer in answers)
    assert (added["stream_id"], added["target_language"]) == ("talk", "fr")
    assert switched["mode"] == shown["mode"] == "original"
    assert deleted == {}


async def test_mediamtxs_hook_tells_whatever_stands_in_the_query(running: Orchestrator) -> None:
    nasty = "voice=a\"b\\c$(id)`id`'d&lang=pt&x=%00\n"
    for event, news in (("ready", True), ("ready", False), ("not-ready", True)):
        before = await hooks(running, event)
        await asyncio.to_thread(run_hook, running, event, nasty)
        after = await hooks(running, event)
        outcome = "news" if news else "known"
        assert after.get(outcome, 0) == before.get(outcome, 0) + 1
    async with running.asked():
        found = await running.stream("hooked")
    assert (found["voice"], found["target_language"]) == ("a\"b\\c$(id)`id`'d", "pt")


def test_the_hook_without_its_token_fails(running: Orchestrator) -> None:
    with pytest.raises(AssertionError, match="401"):
        run_hook(running, "ready", "", token="wrong")


def run_hook(running: Orchestrator, event: str, query: str, token: str = "hook-token-1") -> None:
    told = {
        "MTX_PATH": "live/hooked/in",
        "MTX_QUERY": query,
        "MTX_SOURCE_TYPE": "rtmpConn",
        "MTX_SOURCE_ID": "s",
    }
    url = running.url("")
    run(
        [str(HOOK), event], {"PATH": "/usr/bin:/bin", "LIVEDUB_URL": url, "LIVEDUB_HOOK_TOKEN": token, **told}
    )


async def hooks(running: Orchestrator, event: str) -> dict[str, float]:
    """By outcome."""
    async with running.asked():
        _, page = await running.ask("GET", "/metrics")
    found = re.findall(rf'^livedub_hooks_total{{event="{event}",outcome="(\w+)"}} (\S+)$', page, re.MULTILINE)
    return {outcome: float(count) for outcome, count in found}


def run(command: list[str], env: dict[str, Any] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
