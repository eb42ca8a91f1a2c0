"""Whatever the service does, the client lives, every slot is decided, and it dubs again when it can."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from media_service.errors import SettingsWrong, SpeechServiceFailed
from media_service.sts import BreakerState, Reason, SpeechService, connection

from sts_client.hostile import BEHAVIOURS, HostileServer
from sts_client.recorder import STREAM, Running, fragment, running

pytestmark = pytest.mark.usefixtures("_quick")

NO_SESSION = (
    "hang_http",
    "hang_open",
    "hang_join",
    "hang_init",
    "refuse",
    "deny",
    "refuse_init",
    "full",
    "close",
)
ONE_FRAGMENT_LONG = ("garbage", "huge", "shutdown", "forget")


async def dubs_again(worker: Running, service: HostileServer, slot: int = 100) -> None:
    """Once the service behaves, two fragments are enough to see a dub."""
    service.behave("echo")
    service.cut_all()
    before = len(worker.heard.answers)
    async with asyncio.timeout(20):
        while len(worker.heard.answers) == before:
            worker.service.offer(fragment(slot))
            slot += 1
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("behaviour", NO_SESSION)
async def test_without_a_session_slots_fall_back_at_once_and_the_service_is_tried_again(
    behaviour: str,
) -> None:
    async with HostileServer(behaviour) as service, running(service.url, connected=False) as worker:
        await worker.heard.until(lambda: bool(worker.heard.sessions))
        assert not worker.heard.connected
        worker.service.offer(fragment(0))
        assert worker.heard.decided == {0: Reason.DISCONNECTED}
        attempts = service.attempts
        await service.until(lambda: service.attempts >= attempts + 2)
        assert not worker.task.done()
        await dubs_again(worker, service)


@pytest.mark.parametrize("behaviour", ["full", "refuse_init", "deny"])
async def test_why_a_service_refuses_the_stream_is_known_until_it_lets_it_in(behaviour: str) -> None:
    async with HostileServer(behaviour) as service, running(service.url, connected=False) as worker:
        await worker.heard.until(lambda: worker.service.state.refusal is not None)
        assert "\n" not in str(worker.service.state.refusal)
        await dubs_again(worker, service)
        assert worker.service.state.refusal is None
        service.behave("refuse")
        service.cut_all()
        await worker.heard.until(lambda: not worker.heard.connected)
        await asyncio.sleep(0.2)
        assert worker.service.state.refusal is None, "one that is not there refuses nothing"


@pytest.mark.parametrize("behaviour", ONE_FRAGMENT_LONG)
async def test_a_broken_session_is_left_and_a_new_one_begun(behaviour: str) -> None:
    async with HostileServer(behaviour) as service, running(service.url) as worker:
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: bool(worker.heard.decided))
        assert worker.heard.decided == {0: Reason.DISCONNECTED}
        await worker.heard.until(lambda: [on for on, _ in worker.heard.sessions] == [True, False, True])
        await dubs_again(worker, service)


async def test_the_worker_is_taken_over_and_does_not_come_back() -> None:
    async with HostileServer("take_over") as service, running(service.url) as worker:
        worker.service.offer(fragment(0))
        with pytest.raises(SpeechServiceFailed):
            await asyncio.wait_for(worker.task, 5)
        assert worker.heard.decided == {0: Reason.DISCONNECTED}
        await asyncio.sleep(0.1)
        assert service.attempts == 1


async def test_a_service_that_never_answers_opens_the_breaker() -> None:
    async with HostileServer("hang") as service, running(service.url) as worker:
        for slot in range(6):
            worker.service.offer(fragment(slot, within_s=0.1))
            await asyncio.sleep(0.12)
        assert worker.heard.breaker == [BreakerState.OPEN]
        assert [worker.heard.decided[slot] for slot in range(6)] == [Reason.DEADLINE] * 5 + [
            Reason.BREAKER_OPEN
        ]
        assert service.most_in_flight <= 3
        await dubs_again(worker, service)


async def test_a_service_that_is_always_late_is_measured() -> None:
    async with HostileServer("slow", delay_s=0.2) as service, running(service.url) as worker:
        for slot in range(3):
            worker.service.offer(fragment(slot, within_s=0.1))
        await worker.heard.until(lambda: len(worker.heard.answers) == 3)
        assert all(answer.late for answer in worker.heard.answers)
        assert set(worker.heard.decided.values()) == {Reason.DEADLINE}
        acks = [ack["status"] for ack in service.events("fragment:ack")]
        assert set(acks) <= {"received"}
        await dubs_again(worker, service)


async def test_a_service_that_refuses_everything_is_sent_each_fragment_twice_at_most() -> None:
    async with HostileServer("refuse_fragments") as service, running(service.url) as worker:
        worker.service.offer(fragment(0, within_s=0.9))
        await worker.heard.until(lambda: worker.heard.decided == {0: Reason.REFUSED})
        assert worker.heard.sent == [(0, 0), (0, 0)]
        await service.until(lambda: bool(service.events("fragment:skip")))
        assert service.events("fragment:skip") == [{"stream_id": "match-1", "sequence_numbers": [0]}]
        await dubs_again(worker, service)


async def test_a_service_whose_engine_is_broken_opens_the_breaker() -> None:
    async with HostileServer("fail") as service, running(service.url) as worker:
        for slot in range(3):
            worker.service.offer(fragment(slot))
        await worker.heard.until(lambda: bool(worker.heard.breaker))
        worker.service.offer(fragment(3))
        await worker.heard.until(lambda: len(worker.heard.decided) == 4)
        assert worker.heard.decided[3] is Reason.BREAKER_OPEN
        await dubs_again(worker, service)


async def test_an_unreadable_answer_costs_its_slot_and_nothing_else() -> None:
    async with HostileServer("unreadable") as service, running(service.url) as worker:
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: worker.heard.decided == {0: Reason.UNREADABLE})
        service.behave("echo")
        worker.service.offer(fragment(1))
        await worker.heard.until(lambda: worker.heard.decided.get(1, Reason.ENDED) is None)
        assert len(worker.heard.sessions) == 1


async def test_a_flood_does_not_fill_the_log_and_slots_are_decided(caplog: pytest.LogCaptureFixture) -> None:
    async with HostileServer("flood") as service, running(service.url) as worker:
        worker.service.offer(fragment(0, within_s=0.3))
        await worker.heard.until(lambda: worker.heard.decided == {0: Reason.DEADLINE})
        await dubs_again(worker, service)
        assert sum("complains" in record.getMessage() for record in caplog.records) <= 20


async def test_a_service_that_falls_silent_is_noticed_and_left() -> None:
    silent = HostileServer("half_open", ping_interval_ms=700, ping_timeout_ms=300)
    async with silent as service, running(service.url) as worker:
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: worker.heard.sessions[-1] == (False, "silent for 1 s"))
        assert worker.heard.decided == {0: Reason.DISCONNECTED}
        await dubs_again(worker, service)


async def test_pings_keep_a_quiet_session_alive() -> None:
    quiet = HostileServer("echo", ping_interval_ms=400, ping_timeout_ms=600)
    async with quiet as service, running(service.url) as worker:
        await asyncio.sleep(1.6)
        assert worker.heard.sessions == [(True, "ready")]


async def test_a_service_that_reads_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WRITE_TIMEOUT_S", 0.3)
    async with HostileServer("half_open") as service, running(service.url) as worker:
        for slot in range(3):
            worker.service.offer(fragment(slot, audio=bytes(7_000_000), within_s=30))
        await worker.heard.until(lambda: worker.heard.sessions[-1] == (False, "takes nothing for 0.3 s"))
        assert set(worker.heard.decided.values()) == {Reason.DISCONNECTED}


async def test_a_connection_that_is_cut_again_and_again_loses_only_what_was_in_flight() -> None:
    async with HostileServer("cut", delay_s=0.2) as service, running(service.url) as worker:
        slot = 0
        async with asyncio.timeout(10):
            while service.sessions < 4:
                worker.service.offer(fragment(slot))
                slot += 1
                await asyncio.sleep(0.02)
        await worker.heard.until(lambda: len(worker.heard.decided) == slot)
        verdicts = worker.heard.decided
        assert set(verdicts.values()) <= {None, Reason.DISCONNECTED}
        assert sum(reason is None for reason in verdicts.values()) > slot / 2
        assert worker.heard.breaker == []


async def test_nobody_there_is_tried_again_until_somebody_is() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with running(f"http://127.0.0.1:{port}", connected=False) as worker:
        await worker.heard.until(lambda: bool(worker.heard.sessions))
        async with HostileServer("echo", port=port):
            await worker.heard.until(lambda: worker.heard.connected)
            worker.service.offer(fragment(0))
            await worker.heard.until(lambda: worker.heard.decided == {0: None})


async def test_with_exit_it_is_given_up_after_the_fifth_try() -> None:
    async with (
        HostileServer("refuse") as service,
        running(service.url, connected=False, give_up="exit") as worker,
    ):
        with pytest.raises(SpeechServiceFailed, match="given up"):
            await asyncio.wait_for(worker.task, 5)
        assert service.attempts == 6, "the first, and five more"
        assert worker.service.state.reconnects == 5


@pytest.mark.parametrize("behaviour", sorted(BEHAVIOURS))
async def test_it_can_be_cancelled_whatever_the_service_does(behaviour: str) -> None:
    async with HostileServer(behaviour) as service, running(service.url, connected=False) as worker:
        await asyncio.sleep(0.1)
        worker.service.offer(fragment(0))
        worker.service.offer(fragment(1, within_s=None))
        await asyncio.sleep(0.05)
        worker.task.cancel()
        _, at_work = await asyncio.wait({worker.task}, timeout=20)
        assert not at_work
        assert set(worker.heard.decided) == {0, 1}


@pytest.mark.parametrize("behaviour", ["hang", "half_open", "garbage", "refuse", "hang_join"])
async def test_it_can_be_finished_whatever_the_service_does(behaviour: str) -> None:
    async with HostileServer(behaviour) as service, running(service.url, connected=False) as worker:
        await asyncio.sleep(0.1)
        worker.service.offer(fragment(0))
        await asyncio.wait_for(worker.service.finish(0.3), 3)
        await asyncio.wait_for(worker.task, 3)
        assert set(worker.heard.decided) == {0}


async def test_finish_without_a_session_returns_at_once() -> None:
    async with HostileServer("refuse") as service, running(service.url, connected=False) as worker:
        await worker.heard.until(lambda: bool(worker.heard.sessions))
        assert not await asyncio.wait_for(worker.service.finish(30), 2)


async def test_the_protocol_is_kept_towards_the_service() -> None:
    async with HostileServer("echo") as service, running(service.url) as worker:
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: worker.heard.decided == {0: None})
        worker.service.decided(0, applied=True)
        assert await worker.service.finish(3)
        names = [name for name, _ in service.heard]
        assert names == ["stream:init", "fragment:data", "fragment:ack", "stream:end"]
        [init] = service.events("stream:init")
        assert (init["max_inflight"], init["timeout_ms"]) == (3, 8000)
        [data] = service.events("fragment:data")
        assert data["audio"]["samples"] == 800
        assert data["metadata"] == {"pts_ns": 0}
        assert service.events("fragment:ack")[0]["status"] == "applied"


@pytest.mark.parametrize("event", ["backpressure", "error", "stream:closed", "fragment:processed"])
async def test_a_known_event_of_a_wrong_shape_ends_the_session(event: str) -> None:
    async with HostileServer("echo") as service, running(service.url) as worker:
        await service.send(event, {"surprise": [1, None]})
        await worker.heard.until(lambda: [on for on, _ in worker.heard.sessions] == [True, False, True])
        assert worker.heard.sessions[1][1].startswith(f"garbage: {event}")


async def test_an_unknown_event_is_ignored() -> None:
    async with HostileServer("echo") as service, running(service.url) as worker:
        await service.send("stream:news", {"surprise": [1, None]})
        worker.service.offer(fragment(0))
        await worker.heard.until(lambda: worker.heard.decided == {0: None})
        assert len(worker.heard.sessions) == 1


async def test_a_stream_that_the_service_ends_is_begun_anew() -> None:
    async with HostileServer("echo") as service, running(service.url) as worker:
        statistics = dict.fromkeys(
            (
                "success_count",
                "partial_count",
                "failed_count",
                "avg_processing_time_ms",
                "p95_processing_time_ms",
            ),
            0,
        )
        complete = {"stream_id": "match-1", "total_fragments": 0, "total_duration_ms": 0}
        await service.send("stream:complete", complete | {"statistics": statistics})
        await worker.heard.until(lambda: [on for on, _ in worker.heard.sessions] == [True, False, True])


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "file:///tmp"])
def test_a_wrong_address_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsWrong):
        SpeechService(url, STREAM, token=None, listener=None)  # type: ignore[arg-type]


def test_a_stream_that_the_protocol_does_not_know_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsWrong, match="target_language"):
        SpeechService(
            "http://127.0.0.1",
            replace(STREAM, target_language="?"),
            token=None,
            listener=None,  # type: ignore[arg-type]
        )


async def test_the_hostile_service_runs_as_a_process() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sts_client.hostile", "--behaviour", "hang", "--then", "echo", "--after-s", "0.3"),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(15):
            line = (await process.stdout.readline()).decode().strip()
        assert line.startswith("listening on http://127.0.0.1:")
        async with running(line.removeprefix("listening on ")) as worker:
            await worker.heard.until(lambda: [on for on, _ in worker.heard.sessions] == [True, False, True])
            worker.service.offer(fragment(0))
            await worker.heard.until(lambda: worker.heard.decided == {0: None})
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await process.wait()


async def test_a_wrong_key_is_an_error_once_that_names_the_setting(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "media_service.sts")
    async with HostileServer("deny") as service, running(service.url, connected=False):
        await service.until(lambda: service.attempts >= 4)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["the speech service refuses the stream: wrong is WORKER_STS_API_KEY"]
    assert sum(record.getMessage() == "no speech service" for record in caplog.records) >= 2
