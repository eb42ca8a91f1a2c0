"""`python -m sts_service.echo`: its settings, its first words, and how it leaves."""

import asyncio
import contextlib
import json
import signal

import pytest
from wire.http import request
from wire.inbox import ConnectionEnded
from wire.payloads import init_payload
from wire.raw_client import raw_worker
from wire.service import run, running
from wire.sio_client import worker

SETTINGS = [
    "PORT",
    "HOST",
    "STS_API_KEY",
    "WS_MAX_CONNECTIONS",
    "WS_CONNECT_RATE_PER_S",
    "QUEUE_MAX_DEPTH",
    "BACKPRESSURE_THRESHOLD_LOW",
    "BACKPRESSURE_THRESHOLD_MEDIUM",
    "BACKPRESSURE_THRESHOLD_HIGH",
    "BACKPRESSURE_THRESHOLD_CRITICAL",
    "FRAGMENT_MAX_BYTES",
    "FRAGMENT_RATE_PER_MIN",
    "AUTO_DISCONNECT_DELAY_S",
    "IDLE_TIMEOUT_S",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "ECHO_PROCESSING_DELAY_MS",
    "ECHO_BACKPRESSURE_",
    "ECHO_SIMULATION",
]


async def test_help_lists_every_setting_with_its_variable() -> None:
    outcome = await run("--help", COLUMNS="200")
    assert outcome.status == 0
    assert [name for name in SETTINGS if name not in outcome.output] == []
    assert "--port" in outcome.output


WRONG: dict[str, tuple[list[str], dict[str, str]]] = {
    "FRAGMENT_MAX_BYTES": ([], {"FRAGMENT_MAX_BYTES": "plenty"}),
    "WS_MAX_CONNECTIONS": ([], {"WS_MAX_CONNECTIONS": "-1"}),
    "IDLE_TIMEOUT_S": ([], {"IDLE_TIMEOUT_S": "nan"}),
    "PORT": (["--port", "99999"], {}),
    "LOG_FORMAT": (["--log-format", "xml"], {}),
    "BACKPRESSURE_THRESHOLD": ([], {"BACKPRESSURE_THRESHOLD_MEDIUM": "9"}),
    "ECHO_SIMULATION": (["--echo-simulation", "no/such/file.json"], {}),
}


async def test_a_wrong_setting_ends_the_start_with_one_line_that_names_it() -> None:
    for name, (arguments, environment) in WRONG.items():
        outcome = await run(*arguments, **environment)
        assert outcome.status == 2, f"{name}: {outcome}"
        lines = [line for line in (outcome.log + outcome.output).splitlines() if line.strip()]
        assert len(lines) == 1, f"{name}: {lines}"
        assert name in lines[0].upper().replace("-", "_")


async def test_a_port_that_is_taken_ends_the_start_with_a_line_about_it() -> None:
    async with running() as service:
        port = service.url.rpartition(":")[2]
        outcome = await run("--port", port)
        assert outcome.status not in {0, -9}
        assert port in outcome.log + outcome.output
        assert "Traceback" not in outcome.log


async def test_a_flag_beats_the_variable_and_the_logs_are_json_lines() -> None:
    async with running(
        "--echo-processing-delay-ms", "1", ECHO_PROCESSING_DELAY_MS="30000", LOG_FORMAT="text"
    ) as service:
        async with worker(service.url) as client:
            await client.init()
            await client.round_trip(0)
        service.process.send_signal(signal.SIGTERM)
        assert await service.exit_status() == 0
        lines = [json.loads(line) for line in service.log]
        assert all(isinstance(line, dict) for line in lines)
        about = [line for line in lines if line.get("fragment_id") == "stream-a-0"]
        assert about, lines
        assert all(
            {"stream_id", "fragment_id", "sequence_number", "session_id"} <= line.keys() for line in about
        )


async def test_an_open_server_warns_once_at_start_up_and_a_locked_one_never_logs_its_key() -> None:
    # pragma: allowlist nextline secret
    async with running() as open_one, running(STS_API_KEY="very-secret", LOG_LEVEL="debug") as locked:
        async with worker(open_one.url) as client, worker(locked.url, auth={"token": "very-secret"}) as other:
            await client.init()
            await other.init()
            await other.round_trip(0)
        for service in (open_one, locked):
            service.process.send_signal(signal.SIGTERM)
            assert await service.exit_status() == 0
        warnings = [line for line in open_one.log if "STS_API_KEY" in line]
        assert len(warnings) == 1
        assert "warn" in warnings[0].lower()
        assert "very-secret" not in "\n".join(locked.log + locked.output)


async def test_sigterm_finishes_what_is_in_flight_and_says_goodbye() -> None:
    async with (
        running("--echo-processing-delay-ms", "700") as service,
        worker(service.url) as streaming,
        worker(service.url) as paused,
        worker(service.url) as without_a_stream,
    ):
        assert (await request(f"{service.url}/ready")).status == 200
        await streaming.init()
        await paused.init("paused", "worker-b")
        await paused.pause()
        for number in (0, 1, 3):
            await streaming.accepted(number)
        service.process.send_signal(signal.SIGTERM)
        complete = await streaming.expect("stream:complete")
        assert streaming.delivered() == [0, 1, 3]
        assert complete["statistics"]["success_count"] == 3
        await paused.expect("stream:complete")
        for client in (streaming, paused, without_a_stream):
            await client.expect("stream:closed", reason="shutdown")
            await client.expect_end()
        assert await service.exit_status() == 0


async def test_after_sigterm_there_are_no_new_sessions() -> None:
    async with (
        running("--echo-processing-delay-ms", "1000") as service,
        worker(service.url) as streaming,
        raw_worker(service.url) as late,
    ):
        await streaming.init()
        await streaming.accepted(0)
        service.process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.3)
        with contextlib.suppress(ConnectionEnded):
            await late.emit("stream:init", init_payload("too-late", "worker-b"))
            await late.next_of("error", "stream:ready", "stream:closed")
        assert late.all("stream:ready") == []
        assert (await streaming.expect("fragment:processed"))["status"] == "success"
        assert await service.exit_status() == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_a_service_without_work_leaves_at_once(stop: signal.Signals) -> None:
    async with running() as service:
        service.process.send_signal(stop)
        assert await service.exit_status(timeout=3) == 0


@pytest.mark.slow
async def test_sigterm_waits_ten_seconds_and_no_longer() -> None:
    async with (
        running("--echo-processing-delay-ms", "60000") as service,
        worker(service.url) as streaming,
    ):
        await streaming.init(timeout_ms=30_000)
        await streaming.accepted(0)
        service.process.send_signal(signal.SIGTERM)
        failed = await streaming.expect("fragment:processed", timeout=14)
        assert (failed["status"], failed["error"]["code"]) == ("failed", "TIMEOUT")
        assert failed["error"]["retryable"]
        assert (await streaming.expect("stream:complete"))["statistics"]["failed_count"] == 1
        await streaming.expect("stream:closed", reason="shutdown")
        assert await service.exit_status(timeout=6) == 0
