"""What an operator must look at."""

from dataclasses import replace
from typing import Any

import pytest
from media_service.orchestrator.control.alarms import FURTHEST_AV_MS, Standing, alarms

FINE = Standing(crashed=None, gave_up=False, silent=False, forwards_retrying=0)
ON_AIR: dict[str, Any] = {
    "state": "dubbing",
    "sts_mode": "enabled",
    "sts_connected": True,
    "breaker": "closed",
    "dubbed_share": 1.0,
    "av_sync_delta_ms": 3.0,
    "advice": None,
    "input": {"state": "up"},
    "output": {"state": "up"},
    "preview": {"state": "on"},
}
ADVICE = {"missed_share": 0.25, "needed_offset_ms": 4200, "raise_by_ms": 1200}


def codes(told: dict[str, Any] | None, known: Standing = FINE) -> list[str]:
    return [alarm.code for alarm in alarms(known, told)]


def test_where_all_is_well_there_is_none() -> None:
    assert codes(ON_AIR) == []
    assert codes(None) == []


@pytest.mark.parametrize(
    ("changes", "code", "level", "text"),
    [
        ({"input": {"state": "lost"}}, "source", "alarm", "the source is gone"),
        ({"output": {"state": "lost"}}, "output", "alarm", "the output is gone"),
        ({"sts_connected": False}, "speech", "alarm", "not connected"),
        ({"sts_connected": False, "sts_refusal": "no room: 9"}, "speech", "alarm", "refuses this stream"),
        ({"sts_connected": False, "sts_refusal": "no room: 9"}, "speech", "alarm", "no room: 9"),
        ({"breaker": "open"}, "breaker", "alarm", "failed too often"),
        ({"breaker": "half_open"}, "breaker", "alarm", "failed too often"),
        ({"advice": ADVICE}, "late", "warning", "25% of the dubs come too late; av_offset_ms 4200 would do"),
        ({"advice": {**ADVICE, "raise_by_ms": 0}}, "late", "warning", "more delay would not help"),
        ({"state": "degraded", "dubbed_share": 0.4}, "little_dubbed", "alarm", "40%"),
        ({"av_sync_delta_ms": FURTHEST_AV_MS + 1}, "av_sync", "alarm", "101 ms after its picture"),
        ({"av_sync_delta_ms": -FURTHEST_AV_MS - 1}, "av_sync", "alarm", "101 ms before its picture"),
        ({"preview": {"state": "failed", "reason": "disk full"}}, "preview", "warning", "disk full"),
    ],
)
def test_each_trouble_is_told_with_its_reason(
    changes: dict[str, Any], code: str, level: str, text: str
) -> None:
    (alarm,) = alarms(FINE, {**ON_AIR, **changes})
    assert (alarm.code, alarm.level) == (code, level)
    assert text in alarm.text


@pytest.mark.parametrize(
    ("known", "code", "text"),
    [
        (replace(FINE, crashed="it crashed"), "crashed", "it crashed; it is started again"),
        (replace(FINE, crashed="it crashed", gave_up=True), "crashed", "not started again by itself"),
        (replace(FINE, silent=True), "silent", "does not answer"),
        (replace(FINE, forwards_retrying=2), "forward", "2 of its destinations"),
    ],
)
def test_so_is_what_the_orchestrator_itself_knows(known: Standing, code: str, text: str) -> None:
    (alarm,) = alarms(known, ON_AIR)
    assert alarm.code == code
    assert text in alarm.text


def test_the_worst_come_first() -> None:
    told = {**ON_AIR, "advice": ADVICE, "output": {"state": "lost"}, "preview": {"state": "failed"}}
    assert [alarm.level for alarm in alarms(FINE, told)] == ["alarm", "warning", "warning"]


@pytest.mark.parametrize("changes", [{"sts_mode": "passthrough"}, {"state": "waiting"}, {"state": "ended"}])
def test_a_service_that_is_not_wanted_now_is_not_missed(changes: dict[str, Any]) -> None:
    assert codes({**ON_AIR, "sts_connected": False, "breaker": "open", **changes}) == []


@pytest.mark.parametrize("nonsense", [None, "x", 5, [], {"state": 5}])
def test_whatever_a_worker_tells_breaks_nothing(nonsense: Any) -> None:
    assert codes(dict.fromkeys(ON_AIR, nonsense)) == []
    assert codes({}) == []
