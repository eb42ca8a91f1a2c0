"""`config:error_simulation`: every trigger, every kind, and what a wrong configuration changes (nothing)."""

import base64
import json
from typing import Any

import pytest
from sts_service.echo import EchoServer
from wire.payloads import audio_payload, rule, sound
from wire.sio_client import SioClient, refusal, worker
from wire.worker import same_sound


async def statuses(client: SioClient, count: int, first: int = 0) -> list[str]:
    return [(await client.round_trip(number))["status"] for number in range(first, first + count)]


async def test_the_answer_counts_the_rules(active: SioClient) -> None:
    assert (await active.simulate(rule("sequence_number", 0), rule("sequence_number", 1)))["rules_count"] == 2
    assert (await active.simulate())["rules_count"] == 0


async def test_sequence_number_hits_that_number(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 1))
    assert await statuses(active, 3) == ["success", "failed", "success"]


async def test_fragment_id_hits_that_id(active: SioClient) -> None:
    await active.simulate(rule("fragment_id", "unlucky"))
    assert (await active.round_trip(0))["status"] == "success"
    assert (await active.round_trip(1, "unlucky"))["status"] == "failed"


async def test_nth_fragment_hits_every_nth_accepted_one(active: SioClient) -> None:
    await active.simulate(rule("nth_fragment", 2))
    await active.refused(500)
    assert await statuses(active, 6) == ["success", "failed"] * 3


async def test_nth_fragment_one_hits_all(active: SioClient) -> None:
    await active.simulate(rule("nth_fragment", 1))
    assert await statuses(active, 3) == ["failed"] * 3


async def test_the_first_rule_that_matches_wins(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, "GPU_OOM"), rule("nth_fragment", 1, "TIMEOUT"))
    codes = [(await active.round_trip(number))["error"]["code"] for number in range(2)]
    assert codes == ["GPU_OOM", "TIMEOUT"]


async def test_message_stage_and_flag_are_those_of_the_rule(active: SioClient) -> None:
    await active.simulate(
        rule(
            "sequence_number",
            0,
            "SYNTHESIS_FAILED",
            error_message="no voice today",
            stage="tts",
            retryable=True,
        )
    )
    error = (await active.round_trip(0))["error"]
    assert (error["message"], error["stage"], error["retryable"]) == ("no voice today", "tts", True)
    await active.stop_simulating()
    # The flag is meant: a retry is accepted.
    assert (await active.round_trip(0))["status"] == "success"


async def test_a_flag_told_otherwise_forbids_the_retry(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, "TIMEOUT", retryable=False))
    assert (await active.round_trip(0))["error"]["retryable"] is False
    assert (await active.refused(0))["code"] == "DUPLICATE_FRAGMENT"


async def test_a_delayed_result_is_late_and_right(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, kind="delay", delay_ms=400))
    fragment_id = await active.accepted(0)
    sent_at = active.arrivals[-1].at_s
    assert same_sound(await active.result(fragment_id), 0)
    assert active.arrivals[-1].at_s - sent_at > 0.3


async def test_a_dropped_result_never_comes_and_the_stream_goes_on(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.init(timeout_ms=1000)
        await client.simulate(rule("sequence_number", 0, kind="drop"))
        await client.accepted(0)
        assert (await client.round_trip(1))["status"] == "success"
        assert (await client.complete())["total_fragments"] == 2
        assert client.delivered() == [1]


async def test_a_disconnect_cuts_the_connection(echo: EchoServer, active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 1, kind="disconnect"))
    await active.round_trip(0)
    await active.send(1)
    await active.expect_end()
    assert active.delivered() == [0]
    async with worker(echo.url) as back:
        await back.init()
        assert await statuses(back, 2) == ["success", "success"]


@pytest.mark.parametrize("binary", [False, True], ids=["text", "attachment"])
async def test_corrupt_audio_is_an_unreadable_payload(active: SioClient, binary: bool) -> None:
    await active.simulate(rule("sequence_number", 0, kind="corrupt_audio"))
    result = await active.result(await active.send_sound(0, sound(0, 5000), binary=binary))
    audio = result["dubbed_audio"]
    if binary:
        assert audio["data"] != sound(0, 5000)
    else:
        assert audio["data_base64"] != base64.b64encode(sound(0, 5000)).decode()
    assert same_sound(await active.round_trip(1), 1)


async def test_a_new_configuration_replaces_the_old_one(active: SioClient) -> None:
    await active.simulate(rule("nth_fragment", 1))
    await active.simulate(rule("sequence_number", 1))
    assert await statuses(active, 3) == ["success", "failed", "success"]


async def test_disabled_rules_hit_nothing(active: SioClient) -> None:
    await active.simulate(rule("nth_fragment", 1))
    await active.emit("config:error_simulation", {"enabled": False, "rules": [rule("nth_fragment", 1)]})
    await active.expect("config:error_simulation:ack", status="configured")
    assert await statuses(active, 2) == ["success", "success"]


WRONG: dict[str, dict[str, Any]] = {
    "unknown code": {"rules": [rule("sequence_number", 1, "NO_SUCH_CODE")]},
    "unknown trigger": {"rules": [rule("full_moon", 1)]},
    "unknown kind": {"rules": [rule("sequence_number", 1, kind="explode")]},
    "unknown stage": {"rules": [rule("sequence_number", 1, stage="lunch")]},
    "every 0th": {"rules": [rule("nth_fragment", 0)]},
    "a negative number": {"rules": [rule("sequence_number", -1)]},
    "a word for a number": {"rules": [rule("sequence_number", "one")]},
    "a number for an id": {"rules": [rule("fragment_id", 1)]},
    "a negative delay": {"rules": [rule("sequence_number", 1, kind="delay", delay_ms=-1)]},
    "no rules but a rule": {"rules": rule("sequence_number", 1)},
    "a rule of nothing": {"rules": [{}]},
    "null among the rules": {"rules": [rule("sequence_number", 1), None]},
    "enabled by a word": {"enabled": "yes", "rules": []},
    "unknown severity": {
        "rules": [],
        "backpressure": [{"at_fragment": 1, "severity": "doom", "action": "pause", "clear_after_ms": 1}],
    },
    "no end of backpressure": {
        "rules": [],
        "backpressure": [{"at_fragment": 1, "severity": "high", "action": "pause"}],
    },
}


async def test_a_wrong_configuration_changes_nothing(active: SioClient) -> None:
    for turn, (name, configuration) in enumerate(WRONG.items()):
        doomed = f"doomed-{turn}"
        await active.simulate(rule("fragment_id", doomed, "GPU_OOM"))
        await active.emit("config:error_simulation", {"enabled": True, **configuration})
        answer = await active.expect("config:error_simulation:ack")
        assert answer["status"] == "error", f"{name}: {answer}"
        assert answer["error_message"], name
        assert (await active.round_trip(2 * turn, doomed))["error"]["code"] == "GPU_OOM", name
        assert (await active.round_trip(2 * turn + 1))["status"] == "success", name


async def test_a_simulation_is_of_one_stream(echo: EchoServer, active: SioClient) -> None:
    async with worker(echo.url) as other:
        await other.init("other", "worker-b")
        await active.simulate(rule("nth_fragment", 1))
        assert await statuses(other, 2) == ["success", "success"]
        assert await statuses(active, 1) == ["failed"]


async def test_a_retry_counts_as_an_accepted_fragment(active: SioClient) -> None:
    await active.simulate(rule("nth_fragment", 3), rule("sequence_number", 0))
    assert await statuses(active, 1) == ["failed"]
    assert await statuses(active, 1) == ["failed"]
    assert (await active.round_trip(1))["status"] == "failed"


async def test_simulated_backpressure_is_announced_and_cleared(active: SioClient) -> None:
    level = {
        "at_fragment": 2,
        "severity": "high",
        "action": "pause",
        "recommended_delay_ms": 700,
        "clear_after_ms": 200,
    }
    await active.simulate(backpressure=[level])
    assert await statuses(active, 1) == ["success"]
    await active.quiet(0.02)
    assert active.levels() == []
    assert await statuses(active, 2, first=1) == ["success", "success"]
    raised = await active.expect("backpressure", severity="high", action="pause")
    assert raised["recommended_delay_ms"] == 700
    raised_at = next(arrival.at_s for arrival in active.arrivals if arrival.event == "backpressure")
    await active.expect("backpressure", severity="low", action="none")
    assert active.arrivals[-1].at_s - raised_at > 0.15


async def test_simulated_backpressure_refuses_nothing(active: SioClient) -> None:
    level = {"at_fragment": 1, "severity": "high", "action": "pause", "clear_after_ms": 1000}
    await active.simulate(backpressure=[level])
    assert await statuses(active, 4) == ["success"] * 4


async def test_simulating_auth_failed_refuses_the_next_handshake_of_that_stream(echo: EchoServer) -> None:
    headers = {"X-Stream-ID": "stream-a"}
    async with worker(echo.url, headers) as client:
        await client.init()
        await client.simulate(rule("nth_fragment", 1, "AUTH_FAILED"))
        assert await statuses(client, 1) == ["failed"]
        async with worker(echo.url, {"X-Stream-ID": "another"}):
            pass
        assert (await refusal(echo.url, headers))["code"] == "AUTH_FAILED"
    # The next one only.
    async with worker(echo.url, headers) as back:
        await back.init()


@pytest.mark.parametrize("kind", ["failed", "delay", "corrupt_audio"])
async def test_every_kind_keeps_order_and_statistics(active: SioClient, kind: str) -> None:
    await active.simulate(rule("nth_fragment", 3, kind=kind, delay_ms=50))
    for number in (1, 0, 2, 4, 3, 5):
        await active.accepted(number)
    await active.collect("fragment:processed", 6)
    assert active.delivered() == list(range(6))
    assert (await active.complete())["total_fragments"] == 6


async def test_a_simulated_failure_carries_no_sound(active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0))
    result = await active.round_trip(0, audio=audio_payload(sound(0)))
    assert result.get("dubbed_audio") is None


async def test_echo_simulation_is_what_every_new_stream_begins_with() -> None:
    faults = {
        "enabled": True,
        "rules": [rule("nth_fragment", 2)],
        "backpressure": [{"at_fragment": 1, "severity": "high", "action": "pause", "clear_after_ms": 60_000}],
    }
    async with EchoServer(echo_simulation=json.dumps(faults)) as echo:
        for stream_id in ("one", "two"):
            async with worker(echo.url) as client:
                await client.init(stream_id=stream_id)
                assert await statuses(client, 4) == ["success", "failed"] * 2
                assert [told["action"] for told in client.all("backpressure")] == ["pause"]
                await client.simulate()
                assert await statuses(client, 2, first=4) == ["success"] * 2
