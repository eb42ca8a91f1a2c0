"""Every line of a worker says whose it is, and none shows a secret."""

import json
import logging
from collections.abc import Iterator

import pytest
from media_service.config.logs import ROOT, named, start_logging
from media_service.config.urls import HIDDEN

from config_table.rows import made

KEY = "hunter2-hunter2"


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Gives the process its logging back."""
    root, ours = logging.getLogger(), logging.getLogger(ROOT)
    kept = (root.handlers, root.level, ours.level, logging._srcfile)
    flags = (logging.logThreads, logging.logProcesses, logging.logMultiprocessing)
    yield
    root.handlers = kept[0]
    root.setLevel(kept[1])
    ours.setLevel(kept[2])
    logging._srcfile = kept[3]
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing = flags


@pytest.mark.usefixtures("logging_restored")
def test_every_line_names_the_stream_the_run_and_the_worker(capsys: pytest.CaptureFixture[str]) -> None:
    settings = made(
        output_url=f"rtmp://viewers.example/live/{KEY}", sts_api_key=KEY, worker_id="w-7", log_level="debug"
    )
    start_logging(settings, "r-1")
    log = logging.getLogger(f"{ROOT}.worker")
    log.debug(
        "output refused %s", settings.output_url, extra=named(batchNumber=3, fragmentId="f-3", detail=KEY)
    )
    try:
        raise OSError(f"cannot reach {settings.output_url}")
    except OSError:
        logging.getLogger("another.library").exception("failed with %s", KEY)
    err = capsys.readouterr().err
    assert KEY not in err
    lines = [json.loads(line) for line in err.splitlines()]
    assert [line["level"] for line in lines] == ["debug", "error"]
    for line in lines:
        assert (line["streamId"], line["runId"], line["instanceId"]) == ("match-1", "r-1", "w-7")
    assert (lines[0]["batchNumber"], lines[0]["fragmentId"], lines[0]["detail"]) == (3, "f-3", HIDDEN)
    assert "OSError: cannot reach rtmp://viewers.example/live/***" in lines[1]["exception"]
