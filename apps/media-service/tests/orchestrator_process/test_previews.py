"""What a worker writes for the page's players is served while it runs, and goes with it."""

from pathlib import Path

import pytest

from orchestrator_process.process import Orchestrator, until
from orchestrator_process.stranger import Stranger


@pytest.fixture
async def shown(orchestrator: Orchestrator) -> str:
    await orchestrator.ready("shown")
    await orchestrator.until_stream("shown", phase="running")
    return "/preview/shown"


async def test_playlists_and_segments_of_both_sides_are_served(
    orchestrator: Orchestrator, shown: str
) -> None:
    for side in ("input", "output"):
        async with orchestrator.session.get(orchestrator.url(f"{shown}/{side}/index.m3u8")) as answer:
            assert (answer.status, await answer.text()) == (200, "#EXTM3U\n7.ts\n")
            assert answer.headers["Content-Type"] == "application/vnd.apple.mpegurl"
            assert answer.headers["Cache-Control"] == "no-store"
        async with orchestrator.session.get(orchestrator.url(f"{shown}/{side}/7.ts")) as answer:
            body = await answer.read()
            assert (answer.status, len(body)) == (200, 600_000)
            assert body.startswith(side.encode() + b" of ")
            assert answer.headers["Content-Type"] == "video/mp2t"
            # A later worker counts from the same number.
            assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/preview/shown/input/8.ts.part", 404),
        ("/preview/shown/input/9.ts", 404),
        ("/preview/shown/input/", 404),
        ("/preview/shown/input", 404),
        ("/preview/shown/other/index.m3u8", 422),
        ("/preview/nobody/input/index.m3u8", 404),
        ("/preview/_fwd1-shown/input/index.m3u8", 422),
        ("/preview/shown/../input/index.m3u8", 404),
        ("/preview/shown/input/..%2f..%2f..%2fsession-secret", 404),
        ("/preview/shown/input/../../../session-secret", 404),
        ("/preview/..%2f/input/index.m3u8", 404),
        ("/preview/%2e%2e/input/index.m3u8", 422),
        ("/preview/shown/input/%2e%2e", 404),
        ("/preview/shown/input/index.m3u8%00", 404),
    ],
)
async def test_nothing_else_is(orchestrator: Orchestrator, shown: str, path: str, status: int) -> None:
    answered, body = await Stranger(orchestrator.port).get(path)
    assert (answered, f'"status":{status}'.encode() in body) == (status, True)


async def test_a_preview_goes_with_its_worker_also_one_that_crashed(orchestrator: Orchestrator) -> None:
    folder = orchestrator.state_dir / "preview/gone"
    await orchestrator.ready("gone")
    await orchestrator.until_stream("gone", phase="running")
    assert (folder / "input/7.ts").exists()
    orchestrator.tell_workers(gone={"exit": 70})
    await until(lambda: not folder.exists(), 20, "end of the preview")
    orchestrator.tell_workers()
    await orchestrator.ask("DELETE", "/v1/streams/gone")
    assert not folder.exists()


async def test_where_they_are_turned_off_no_worker_writes_any(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path, previews="false") as orchestrator:
        await orchestrator.ready("unseen")
        await orchestrator.until_stream("unseen", phase="running")
        (worker,) = orchestrator.workers("unseen")
        assert worker.environ["WORKER_PREVIEW_DIR"] == ""
        assert (await orchestrator.ask("GET", "/preview/unseen/input/index.m3u8"))[0] == 404


async def test_a_workers_metrics_are_passed_on(orchestrator: Orchestrator) -> None:
    await orchestrator.ready("measured")
    await orchestrator.until_stream("measured", phase="running")
    path = "/v1/streams/measured/metrics"
    async with orchestrator.session.get(orchestrator.url(path)) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert "worker_mode" in await answer.text()
    await orchestrator.ask("POST", "/v1/streams/measured/stop")
    await orchestrator.until_stream("measured", phase="stopped")
    assert (await orchestrator.ask("GET", path))[0] == 409
    assert (await orchestrator.ask("GET", "/v1/streams/nobody/metrics"))[0] == 404
