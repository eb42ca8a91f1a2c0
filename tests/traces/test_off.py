"""Without an endpoint neither the worker nor a service so much as imports the libraries."""

import subprocess
import sys
from pathlib import Path

import pytest
from live.films import film
from live.stage import SMALL
from live.worker import WorkerProcess
from media_service.testmedia.programme import Programme
from sts_service.echo import EchoServer

ENDS = (
    "import atexit; atexit.register(lambda: print('traced:', "
    "[name for name in sys.modules if name.startswith('opentelemetry')], flush=True))"
)
SERVICE = """
import asyncio, sys
from sts_service.{name} import {kind}
async def live():
    async with {kind}({given}):
        pass
asyncio.run(live())
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


async def test_a_worker_that_is_not_asked_to_trace_imports_nothing(tmp_path: Path) -> None:
    source = film(tmp_path / "talk.mp4", Programme(**{**SMALL, "duration_s": 4}))
    async with EchoServer() as echo:
        worker = WorkerProcess(
            tmp_path,
            input_url=source,
            output_url=tmp_path / "out.mp4",
            realtime=False,
            sts_service_url=echo.url,
        )
        worker.prepare(ENDS)
        async with worker:
            assert await worker.exit_code(60) == 0
            assert worker.events("slot", outcome="dubbed")
    assert "traced: []" in worker.output().splitlines()


@pytest.mark.parametrize(
    ("name", "kind", "given"), [("echo", "EchoServer", ""), ("full", "FullServer", "until_ready=False")]
)
def test_a_service_that_is_not_asked_to_trace_imports_nothing(name: str, kind: str, given: str) -> None:
    script = SERVICE.format(name=name, kind=kind, given=given)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


@pytest.mark.parametrize(
    ("module", "variables"),
    [
        ("sts_service.echo", {"TRACE_ENDPOINT": "collector:4318"}),
        (
            "media_service.worker",
            {
                "WORKER_TRACE_ENDPOINT": "collector:4318",
                "WORKER_STREAM_ID": "a",
                "WORKER_INPUT_URL": "rtmp://127.0.0.1/live/in",
                "WORKER_OUTPUT_URL": "rtmp://127.0.0.1/live/out",
                "WORKER_STS_MODE": "passthrough",
            },
        ),
    ],
)
def test_a_wrong_endpoint_is_one_line_and_exit_code_2(module: str, variables: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module], env=variables, capture_output=True, text=True, timeout=60
    )
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert "TRACE_ENDPOINT: an http(s)://host[:port] address is needed" in line
    assert "collector" not in line
