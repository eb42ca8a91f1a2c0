"""schemathesis reads the orchestrator's OpenAPI document and asks what it says, and what it does not say."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from orchestrator_process.process import Orchestrator

ST = str(Path(sys.executable).with_name("st"))
COMMAND = (sys.executable, str(Path(__file__).with_name("without_workers.py")))
TOKEN = "operators-token"
ENDLESS = ("/v1/events", "/v1/streams/{stream_id}/events")
"""Events go on for as long as somebody listens; the tests of the API listen."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    orchestrator = Orchestrator(
        tmp_path_factory.mktemp("orchestrator"),
        command=COMMAND,
        token=TOKEN,
        max_streams=10_000,
        # Every place that the document allows: what is not public is another's test.
        allow_inputs="*://*, file:///",
    )
    with orchestrator.shared():
        yield orchestrator


def run(orchestrator: Orchestrator, folder: Path, *options: str, timeout_s: float) -> None:
    except_endless = [word for path in ENDLESS for word in ("--exclude-path", path)]
    header = f"Authorization: Bearer {TOKEN}"
    started = [ST, "run", orchestrator.url("/openapi.json"), "--header", header, "--no-color"]
    common = ["--request-timeout", "20", "--generation-database", "none", "--warnings", "off"]
    command = [*started, *common, *except_endless, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout_s)
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    assert "a request failed" not in orchestrator.program.output()


@pytest.mark.timeout(240)
def test_whatever_is_asked_the_answer_is_as_documented(asked: Orchestrator, tmp_path: Path) -> None:
    # The same questions each time; `make test-all` asks others.
    seeded = ("--seed", "1", "--phases", "coverage,stateful", "--max-examples", "5")
    run(asked, tmp_path, *seeded, timeout_s=200)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_many_more_questions_find_nothing_else(asked: Orchestrator, tmp_path: Path) -> None:
    run(asked, tmp_path, "--max-examples", "60", timeout_s=850)
