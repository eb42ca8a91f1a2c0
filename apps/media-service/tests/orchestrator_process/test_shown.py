"""What the page shows: alarms and measured values, told as they change; what speaks."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from servers.ports import LOCAL

from orchestrator_process.process import Orchestrator, until
from orchestrator_process.test_api import event, heard

MEASURED = {
    "uptime_s": 12.5,
    "delay_ms": 9000,
    "dubbed_share": 0.5,
    "av_sync_delta_ms": 4.0,
    "breaker": "closed",
    "sts_mode": "enabled",
    "sts_connected": True,
}


async def test_what_a_worker_measures_is_shown_and_what_is_wrong_is_an_alarm(
    orchestrator: Orchestrator,
) -> None:
    orchestrator.tell_workers(vitals={"status": MEASURED})
    await orchestrator.ready("vitals")
    found = await orchestrator.until_stream("vitals", phase="running", dubbed_share=0.5)
    assert {name: found[name] for name in MEASURED if name in found} == {
        name: value for name, value in MEASURED.items() if name in found
    }
    assert found["alarms"] == []
    async with orchestrator.session.get(orchestrator.url("/v1/events")) as answer:
        orchestrator.tell_workers(vitals={"status": {**MEASURED, "breaker": "open"}})
        told = (await heard(answer, "vitals"))["what"]
    assert (told["breaker"], [alarm["code"] for alarm in told["alarms"]]) == ("open", ["breaker"])


async def test_measured_values_are_told_now_and_then_and_need_not_be_told_again(
    orchestrator: Orchestrator,
) -> None:
    orchestrator.tell_workers(share={"status": MEASURED})
    await orchestrator.ready("share")
    await orchestrator.until_stream("share", phase="running", dubbed_share=0.5)
    async with orchestrator.session.get(orchestrator.url("/v1/events")) as answer:
        orchestrator.tell_workers(share={"status": {**MEASURED, "dubbed_share": 0.75}})
        told = await heard(answer, "share")
    assert (told["what"]["dubbed_share"], "id" in told) == (0.75, False)


async def test_a_worker_that_falls_silent_is_a_warning(orchestrator: Orchestrator) -> None:
    await orchestrator.ready("mumbles")
    await orchestrator.until_stream("mumbles", phase="running")
    orchestrator.tell_workers(mumbles={"hangs": True})

    async def is_told() -> bool:
        found = await orchestrator.stream("mumbles")
        return [alarm["code"] for alarm in found["alarms"]] == ["silent"]

    await until(is_told, 30, "alarm")
    orchestrator.tell_workers()
    await orchestrator.until_stream("mumbles", alarms=[])


async def test_whoever_has_the_list_misses_no_change_after_it(orchestrator: Orchestrator) -> None:
    _, listed = await orchestrator.ask("GET", "/v1/streams")
    await orchestrator.ask("POST", "/v1/streams", {"stream_id": "after"})
    path = f"/v1/events?since={listed['last_event_id']}"
    async with orchestrator.session.get(orchestrator.url(path)) as answer:
        assert (await event(answer))["what"]["stream_id"] == "after"
    await orchestrator.ask("DELETE", "/v1/streams/after")


@pytest.mark.parametrize("since", ["0badcafe-1", "none-0", "x"])
async def test_whoever_may_have_missed_something_is_told_to_ask_anew(
    orchestrator: Orchestrator, since: str
) -> None:
    async with orchestrator.session.get(orchestrator.url(f"/v1/events?since={since}")) as answer:
        told = await event(answer)
    assert (told["event"], bool(told["id"])) == ("reset", True)


class SpeechService:
    """`/ready`, as it is told to answer."""

    def __init__(self) -> None:
        self.asked = 0
        self.slow_s = 0.0
        self.answer: tuple[int, Any] = (503, {"ready": False, "service": "full", "engines": {}})

    async def ready(self, _: web.Request) -> web.Response:
        self.asked += 1
        await asyncio.sleep(self.slow_s)
        status, told = self.answer
        return web.json_response(told, status=status)


async def test_what_speaks_is_asked_now_and_then_and_told_at_once(tmp_path: Path) -> None:
    service = SpeechService()
    app = web.Application()
    app.add_routes([web.get("/ready", service.ready)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, LOCAL, 0)
    await site.start()
    url = f"http://user:key-1@{LOCAL}:{runner.addresses[0][1]}"
    try:
        async with Orchestrator(tmp_path, sts_service_url=url) as orchestrator:
            told: dict[str, Any] = {}

            async def is_now(state: str) -> bool:
                _, answer = await orchestrator.ask("GET", "/v1/speech")
                told.update(answer)
                return bool(answer["state"] == state)

            await until(lambda: is_now("starting"), 20, "what is starting")
            assert "key-1" not in str(told)
            tts = {"engine": "espeak", "kind": "embedded", "model": "espeak-ng", "licence": "GPL-3.0"}
            service.answer = (200, {"ready": True, "service": "full", "engines": {"tts": tts}})
            await until(lambda: is_now("ready"), 30, "what is ready")
            (voice,) = told["stages"]
            assert (voice["stage"], voice["engine"], voice["embedded"]) == ("voice", "espeak", True)
            assert voice["better"]
            # However often somebody looks, the service is asked once in five seconds.
            asked = service.asked
            for _ in range(50):
                await orchestrator.ask("GET", "/v1/speech")
            assert service.asked <= asked + 1
            await runner.cleanup()
            await until(lambda: is_now("unreachable"), 30, "what is unreachable")
            assert told["stages"] == []
    finally:
        await runner.cleanup()
