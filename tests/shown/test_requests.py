"""The requests that the recipes and the page for operators show, asked of an orchestrator with a token."""

import asyncio
import json
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from media_service.orchestrator.store.store import Store
from orchestrator_process.process import Orchestrator

from shown.pages import only, run, shown, words_of

TOKEN = "operators-token"
SHOWN_AT = "127.0.0.1:8080"
OPERATIONS, RECIPES = "docs/operations.md", "docs/recipes.md"
EVENTS, ROLLOUT = "/events", "/v1/rollout"


@pytest.fixture(scope="module")
def orchestrator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    with Orchestrator(tmp_path_factory.mktemp("orchestrator"), token=TOKEN).shared() as running:
        running.tell_workers()
        yield running


def asked(orchestrator: Orchestrator, line: str, folder: Path) -> str:
    """As whoever has the token would ask."""
    at = (SHOWN_AT, f"127.0.0.1:{orchestrator.port}")
    return run(f"{line} -H 'Authorization: Bearer {TOKEN}' --silent --fail-with-body", folder, at).stdout


def test_the_requests_of_the_recipes_do_what_is_said(orchestrator: Orchestrator, tmp_path: Path) -> None:
    lines = [line for line in shown(RECIPES) if line.startswith("curl ")]
    *changes, listening = lines
    assert EVENTS in listening
    told = [json.loads(asked(orchestrator, line, tmp_path)) for line in changes]
    assert [(one["stream_id"], one["target_language"]) for one in told[:2]] == [
        ("match-1-es", "es"),
        ("match-1-fr", "fr"),
    ]
    assert len(told) == 3
    words = words_of(listening, (SHOWN_AT, f"127.0.0.1:{orchestrator.port}"))
    listener = subprocess.Popen(
        [*words, "-H", f"Authorization: Bearer {TOKEN}", "--silent", "--include"], stdout=subprocess.PIPE
    )
    try:
        assert listener.stdout is not None
        head = [listener.stdout.readline().decode().strip().lower() for _ in range(12)]
    finally:
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=20)
    assert head[0].split()[1] == "200"
    assert any(line.startswith("content-type: text/event-stream") for line in head)


def test_the_operators_switch_and_list_work_as_shown(orchestrator: Orchestrator, tmp_path: Path) -> None:
    asked(orchestrator, f'curl --json \'{{"stream_id": "match-1"}}\' http://{SHOWN_AT}/v1/streams', tmp_path)
    modes = [
        json.loads(asked(orchestrator, line, tmp_path))["mode"]
        for line in shown(OPERATIONS)
        if line.startswith("curl ") and ROLLOUT not in line
    ]
    assert modes == ["original", "dub"]
    listing = only(OPERATIONS, "--config -").replace(SHOWN_AT, f"127.0.0.1:{orchestrator.port}")
    done = subprocess.run(
        ["bash", "-c", listing],
        env={"LIVEDUB_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        timeout=60,
    )
    assert "match-1" in {one["stream_id"] for one in json.loads(done.stdout)["streams"]}


def test_a_rollout_is_begun_and_looked_at_as_shown(orchestrator: Orchestrator, tmp_path: Path) -> None:
    begin, look = (line for line in shown(OPERATIONS) if ROLLOUT in line)
    begun = json.loads(asked(orchestrator, begin, tmp_path))
    seen = json.loads(asked(orchestrator, look, tmp_path))
    assert begun["who"] == seen["who"] == "api"
    assert begun["started_unix_ms"] == seen["started_unix_ms"]


def test_the_log_is_searched_as_in_the_workers_readme() -> None:
    here, there = only(OPERATIONS, "grep "), only("apps/media-service/README.md", "grep ")
    assert here.rpartition(" ")[0] == there.rpartition(" ")[0]
    assert here.endswith("/logs/match-1.log")


def test_the_backup_is_a_whole_database(tmp_path: Path) -> None:
    folder = tmp_path / "livedub-state"
    folder.mkdir()

    async def made() -> None:
        store = Store(folder / "livedub.sqlite3")
        await store.open()
        await store.close()

    asyncio.run(made())
    run(only(OPERATIONS, "VACUUM"), tmp_path)
    tables = "select name from sqlite_master where type = 'table'"
    with (
        sqlite3.connect(folder / "livedub.sqlite3") as whole,
        sqlite3.connect(tmp_path / "livedub-backup.sqlite3") as copy,
    ):
        assert copy.execute(tables).fetchall() == whole.execute(tables).fetchall() != []
    whole.close()
    copy.close()
