"""Against the real server: the whole protocol over a real socket."""

import asyncio
import itertools
import logging
from dataclasses import replace
from typing import Any

import pytest
from dubbing_protocol import ErrorSimulation
from media_service.errors import SpeechServiceFailed
from media_service.sts import BreakerState, Reason, SpeechService
from sts_service.echo import EchoServer

from sts_client.recorder import STREAM, Running, fragment, running

pytestmark = pytest.mark.usefixtures("_quick")

TOKEN = "example-key"  # pragma: allowlist secret


def faults(*rules: dict[str, Any], backpressure: list[dict[str, Any]] | None = None) -> ErrorSimulation:
    return ErrorSimulation.from_wire(
        {"enabled": True, "rules": list(rules), "backpressure": backpressure or []}
    )


def fault(number: int, **what: Any) -> dict[str, Any]:
    return {"trigger": "sequence_number", "value": number, **what}


async def test_fragments_come_back_and_the_stream_completes() -> None:
    async with EchoServer() as echo, running(echo.url) as worker:
        for slot in range(5):
            worker.service.offer(fragment(slot))
        await worker.heard.until(lambda: len(worker.heard.answers) == 5)
        for slot in range(5):
            worker.service.decided(slot, applied=True)
        answers = worker.heard.answers
        assert [answer.slot for answer in answers] == [0, 1, 2, 3, 4]
        assert {answer.audio for answer in answers} == {fragment(0).audio}
        assert answers[3].transcript == "[ECHO] fragment 3 (en)"
        assert answers[3].translated_text == "[ECHO] fragment 3 (es)"
        assert all(answer.margin_ms is not None and answer.margin_ms > 0 for answer in answers)
        assert worker.heard.sent == [(slot, slot) for slot in range(5)]
        assert await worker.service.finish(5)
        await asyncio.wait_for(worker.task, 5)
        assert not worker.service.state.connected
        worker.service.offer(fragment(9))
        assert worker.heard.decided[9] is Reason.ENDED


async def test_finish_waits_for_what_is_in_flight_and_what_waits() -> None:
    stream = replace(STREAM, max_inflight=1)
    async with EchoServer(echo_processing_delay_ms=150) as echo, running(echo.url, stream=stream) as worker:
        worker.service.offer(fragment(0))
        worker.service.offer(fragment(1, within_s=None))
        assert await worker.service.finish(5)
        assert worker.heard.decided == {0: None, 1: None}


async def test_finish_is_bounded_and_decides_every_slot() -> None:
    async with EchoServer(echo_processing_delay_ms=3000) as echo, running(echo.url) as worker:
        worker.service.offer(fragment(0))
        assert not await asyncio.wait_for(worker.service.finish(0.2), 3)
        assert worker.heard.decided == {0: Reason.ENDED}
        await asyncio.wait_for(worker.task, 5)


async def test_max_inflight_holds_and_the_rest_waits() -> None:
    stream = replace(STREAM, max_inflight=2)
    async with EchoServer(echo_processing_delay_ms=100) as echo, running(echo.url, stream=stream) as worker:
        for slot in range(6):
            worker.service.offer(fragment(slot))
        assert (worker.service.state.in_flight, worker.service.state.waiting) == (2, 4)
        await worker.heard.until(lambda: len(worker.heard.answers) == 6)
        assert worker.service.state.rtt_median_ms is not None


@pytest.mark.parametrize("token", [TOKEN, None])
async def test_the_token_is_sent_where_it_is_set(token: str | None) -> None:
    async with EchoServer(sts_api_key=token) as echo, running(echo.url, token=token) as worker:
        assert worker.service.state.connected


async def test_a_wrong_token_is_an_error_in_the_log_and_the_original_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with (
            EchoServer(sts_api_key=TOKEN) as echo,
            running(echo.url, token="wrong-key", connected=False) as worker,
        ):
            await worker.heard.until(lambda: bool(worker.heard.sessions))
            worker.service.offer(fragment(0))
            assert worker.heard.decided == {0: Reason.DISCONNECTED}
            assert "AUTH_FAILED" in str(worker.service.state.last_error)
    ours = [record for record in caplog.records if record.name.startswith("media_service")]
    assert any(record.levelno == logging.ERROR for record in ours)
    assert "wrong-key" not in "".join(str(record.__dict__) for record in ours)


async def test_a_wrong_token_ends_the_run_where_that_is_wanted() -> None:
    async with (
        EchoServer(sts_api_key=TOKEN) as echo,
        running(echo.url, connected=False, give_up="exit") as worker,
    ):
        with pytest.raises(SpeechServiceFailed, match="AUTH_FAILED") as raised:
            await asyncio.wait_for(worker.task, 5)
        assert raised.value.exit_code == 30


async def test_failures_are_retried_or_fall_back() -> None:
    simulation = faults(
        fault(2, error_code="SYNTHESIS_FAILED"),
        {"trigger": "nth_fragment", "value": 2, "error_code": "MODEL_ERROR"},
    )
    async with EchoServer() as echo, running(echo.url, simulation=simulation) as worker:
        for slot in range(3):
            worker.service.offer(fragment(slot))
            await worker.heard.until(lambda slot=slot: slot in worker.heard.decided)  # type: ignore[misc]
        assert worker.heard.decided == {0: None, 1: None, 2: Reason.FAILED}
        assert worker.heard.sent == [(0, 0), (1, 1), (1, 1), (2, 2)]
        assert worker.heard.fallbacks[0].code == "SYNTHESIS_FAILED"
        assert await worker.service.finish(5)


async def test_a_late_dub_falls_back_and_is_told_late() -> None:
    simulation = faults(fault(0, kind="delay", delay_ms=500))
    async with EchoServer() as echo, running(echo.url, simulation=simulation) as worker:
        worker.service.offer(fragment(0, within_s=0.2))
        await worker.heard.until(lambda: len(worker.heard.answers) == 1)
        assert worker.heard.decided == {0: Reason.DEADLINE}
        [answer] = worker.heard.answers
        assert answer.late
        assert answer.margin_ms is not None
        assert -1000 < answer.margin_ms < 0


async def test_a_result_that_never_comes_times_out_and_the_stream_goes_on() -> None:
    simulation = faults(fault(0, kind="drop"))
    async with EchoServer() as echo:
        stream = replace(STREAM, timeout_ms=1000)
        async with running(echo.url, stream=stream, simulation=simulation) as worker:
            worker.service.offer(fragment(0, within_s=None))
            worker.service.offer(fragment(1, within_s=None))
            await worker.heard.until(lambda: len(worker.heard.decided) == 2)
            assert worker.heard.decided == {0: Reason.TIMEOUT, 1: None}
            assert await worker.service.finish(5)


async def test_a_cut_connection_comes_back_with_numbers_from_zero() -> None:
    simulation = faults(fault(1, kind="disconnect"))
    async with EchoServer() as echo, running(echo.url, simulation=simulation) as worker:
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: len(worker.heard.answers) == 1)
        worker.service.offer(fragment(1))
        await worker.heard.until(lambda: [on for on, _ in worker.heard.sessions] == [True, False, True])
        assert worker.heard.decided == {0: None, 1: Reason.DISCONNECTED}
        worker.service.offer(fragment(2))
        await worker.heard.until(lambda: len(worker.heard.answers) == 2)
        assert worker.heard.sent[-1] == (2, 0)
        assert worker.service.state.reconnects == 1


async def test_simulated_backpressure_slows_pauses_and_resumes() -> None:
    simulation = faults(
        backpressure=[
            {
                "at_fragment": 1,
                "severity": "medium",
                "action": "slow_down",
                "recommended_delay_ms": 200,
                "clear_after_ms": 60_000,
            },
            {"at_fragment": 3, "severity": "high", "action": "pause", "clear_after_ms": 400},
        ]
    )
    async with EchoServer() as echo, running(echo.url, simulation=simulation) as worker:
        heard = worker.heard
        worker.service.offer(fragment(0))
        await heard.until(lambda: heard.pressure == [("slow_down", 200)])
        worker.service.offer(fragment(1))
        worker.service.offer(fragment(2))
        await heard.until(lambda: heard.pressure[-1] == ("pause", 0))
        worker.service.offer(fragment(3))
        await asyncio.sleep(0.1)
        assert len(heard.sent) == 3
        await heard.until(lambda: len(heard.answers) == 4)
        assert heard.pressure[-1] == ("none", 0)
        gaps = [later - earlier for earlier, later in itertools.pairwise(heard.sent_at_s)]
        assert min(gaps[0], gaps[1]) >= 0.199
        assert gaps[2] >= 0.3


async def test_pause_and_resume_reach_the_service() -> None:
    async with EchoServer() as echo, running(echo.url) as worker:
        worker.service.pause("no source")
        worker.service.offer(fragment(0))
        worker.service.resume()
        await worker.heard.until(lambda: worker.heard.decided == {0: None})


async def test_a_changed_format_gets_a_new_session() -> None:
    async with EchoServer(echo_processing_delay_ms=50) as echo, running(echo.url) as worker:
        first = worker.service.state.session_id
        worker.service.offer(fragment(0))
        worker.service.change_stream(replace(STREAM, sample_rate_hz=16_000))
        worker.service.offer(fragment(1))
        await worker.heard.until(lambda: len(worker.heard.answers) == 2)
        assert worker.heard.decided == {0: None, 1: None}
        assert worker.heard.sent == [(0, 0), (1, 0)]
        assert worker.service.state.session_id != first
        assert worker.service.state.reconnects == 0


async def test_a_second_run_of_the_worker_takes_the_stream_over() -> None:
    async with EchoServer() as echo, running(echo.url) as old, running(echo.url) as new:
        with pytest.raises(SpeechServiceFailed, match="taken"):
            await asyncio.wait_for(old.task, 5)
        new.service.offer(fragment(0))
        await new.heard.until(lambda: new.heard.decided == {0: None})
        old.service.offer(fragment(0))
        assert old.heard.decided == {0: Reason.ENDED}


async def test_another_workers_stream_is_refused_and_tried_again() -> None:
    async with EchoServer() as echo, running(echo.url):
        other = replace(STREAM, worker_id="worker-2")
        async with running(echo.url, stream=other, connected=False) as late:
            await late.heard.until(lambda: bool(late.heard.sessions))
            assert late.heard.sessions[0][1].startswith("INVALID_CONFIG")


async def test_a_fragment_that_the_protocol_cannot_carry_is_refused_here() -> None:
    async with EchoServer() as echo, running(echo.url) as worker:
        worker.service.offer(replace(fragment(0), duration_ms=90_000))
        assert worker.heard.decided == {0: Reason.REFUSED}
        worker.service.offer(fragment(1))
        await worker.heard.until(lambda: worker.heard.decided.get(1, Reason.ENDED) is None)


async def test_a_fragment_that_is_too_large_is_refused_by_the_service() -> None:
    async with EchoServer(fragment_max_bytes=1024) as echo, running(echo.url) as worker:
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: worker.heard.decided == {0: Reason.REFUSED})
        assert worker.heard.fallbacks[0].code == "FRAGMENT_TOO_LARGE"


async def test_failures_open_the_breaker() -> None:
    simulation = faults({"trigger": "nth_fragment", "value": 1, "error_code": "MODEL_ERROR"})
    async with EchoServer() as echo, running(echo.url, simulation=simulation) as worker:
        for slot in range(4):
            worker.service.offer(fragment(slot))
        await worker.heard.until(lambda: len(worker.heard.decided) == 4)
        assert worker.heard.breaker == [BreakerState.OPEN]
        assert worker.service.state.breaker is BreakerState.OPEN
        worker.service.offer(fragment(4))
        assert worker.heard.decided[4] is Reason.BREAKER_OPEN


async def test_a_server_that_shuts_down_delivers_first() -> None:
    async with EchoServer(echo_processing_delay_ms=300) as echo:
        worker = Running(echo.url)
        await worker.heard.until(lambda: worker.heard.connected)
        worker.service.offer(fragment(0))
        await asyncio.sleep(0.05)
    try:
        assert worker.heard.decided == {0: None}
        await worker.heard.until(lambda: not worker.heard.connected)
    finally:
        worker.task.cancel()
        await asyncio.wait({worker.task}, timeout=5)


async def test_no_sound_and_no_speech_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with EchoServer(sts_api_key=TOKEN) as echo, running(echo.url, token=TOKEN) as worker:
            worker.service.offer(fragment(0, audio=b"SOUNDSOUND" * 160))
            await worker.heard.until(lambda: worker.heard.decided == {0: None})
    records = [record for record in caplog.records if record.name.startswith(("media_service", "websockets"))]
    text = "".join(str(record.__dict__) for record in records)
    assert "fragment sent" in text
    for secret in (TOKEN, "SOUND", "U09VTkRTT1VOR", "[ECHO]"):
        assert secret not in text
    sent = next(record for record in records if record.getMessage() == "fragment sent")
    fields = sent.__dict__["fields"]
    assert (fields["streamId"], fields["fragmentId"], fields["batchNumber"]) == ("match-1", "f-0", 0)


async def test_a_listener_may_call_back() -> None:
    async with EchoServer() as echo:
        worker = Running(echo.url)
        service: SpeechService = worker.service
        fell_back = worker.heard.fell_back

        def offer_the_next(fallback: Any) -> None:
            fell_back(fallback)
            if fallback.slot < 5:
                service.offer(fragment(fallback.slot + 1, within_s=0))

        worker.heard.fell_back = offer_the_next  # type: ignore[method-assign]
        await worker.heard.until(lambda: worker.heard.connected)
        service.offer(fragment(0, within_s=0))
        assert [fallback.slot for fallback in worker.heard.fallbacks] == [0, 1, 2, 3, 4, 5]
        assert await service.finish(5)
        await asyncio.wait_for(worker.task, 5)
