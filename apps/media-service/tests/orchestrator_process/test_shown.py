"""What the page shows: alarms and measured values, told as they change."""

import pytest

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


@pytest.mark.slow
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


async def test_what_speaks_is_told_whether_it_can_be_reached_or_not(orchestrator: Orchestrator) -> None:
    # Nobody listens there.
    async def is_told() -> bool:
        status, told = await orchestrator.ask("GET", "/v1/speech")
        return status == 200 and bool(told["state"] == "unreachable") and told["stages"] == []

    await until(is_told, 20, "state")
