"""A missed hook heals: MediaMTX's list of ready paths is looked at, at the start and now and again."""

from pathlib import Path

import aiohttp
import pytest
from media_service.orchestrator.mediamtx import api
from media_service.orchestrator.mediamtx.api import ListUnknown, MediaMtx
from media_service.orchestrator.wanted.reconcile import Listed

from orchestrator_process.mediamtx import FakeMediaMtx
from orchestrator_process.process import Orchestrator, until

KEY = "api-key-1"


async def test_every_page_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PAGE", 3)
    async with FakeMediaMtx().serving() as mediamtx, aiohttp.ClientSession() as client:
        mediamtx.ready = {f"live/{number}/in": str(number) for number in range(7)} | {"cam": ""}
        mediamtx.idle = ["nobody"]
        found = await MediaMtx(mediamtx.url, client).ready_paths()
        assert found == [Listed(path, source) for path, source in mediamtx.ready.items()]
        assert mediamtx.asked == 3


@pytest.mark.parametrize("trouble", ["refused", "status", "slow", "endless"])
async def test_half_a_list_is_none(monkeypatch: pytest.MonkeyPatch, trouble: str) -> None:
    monkeypatch.setattr(api, "ASK_S", 0.2)
    monkeypatch.setattr(api, "PAGE", 1)
    async with FakeMediaMtx().serving() as mediamtx, aiohttp.ClientSession() as client:
        mediamtx.ready = {str(number): "" for number in range(api.MOST_PAGES + 1)}
        if trouble != "endless":
            mediamtx.ready = {"a": "1"}
        mediamtx.status = 401 if trouble == "status" else 200
        mediamtx.slow_s = 2 if trouble == "slow" else 0
        url = mediamtx.url if trouble != "refused" else "http://127.0.0.1:9"
        with pytest.raises(ListUnknown):
            await MediaMtx(url, client).ready_paths()


async def test_what_was_missed_while_the_orchestrator_was_down_is_made_up_for(tmp_path: Path) -> None:
    async with FakeMediaMtx().serving() as mediamtx:
        mediamtx.ready = {"live/early/in": "e1", "live/early/out": "e2", "live/..%2f/in": "x"}
        async with Orchestrator(tmp_path, mediamtx_api=mediamtx.url, grace_s=1) as orchestrator:
            await orchestrator.until_stream("early", phase="running", publishing=True)
            assert len(orchestrator.pids()) == 1
            # The hook comes late, and is no news.
            assert (await orchestrator.ready("early", "e1"))[1]["news"] is False
            await orchestrator.kill()
            orchestrator.tell_workers(early={"input": "lost"})
            mediamtx.ready = {"live/other/in": "o1"}
            await orchestrator.start()
            await orchestrator.until_stream("other", phase="running")
            await orchestrator.until_stream("early", phase="waiting", publishing=False)
            await until(lambda: len(orchestrator.pids()) == 1, 10, "the end of the worker that is not wanted")


@pytest.mark.slow
async def test_a_media_server_that_does_not_answer_changes_nothing(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path, mediamtx_api=f"http://user:{KEY}@127.0.0.1:9") as orchestrator:
        await orchestrator.ready("match")
        await orchestrator.until_stream("match", phase="running")
        await orchestrator.terminate()
        assert "does not tell which paths are ready" in orchestrator.program.output()
        assert KEY not in orchestrator.program.output()
