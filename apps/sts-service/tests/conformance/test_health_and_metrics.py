"""The HTTP side: `/health`, `/ready`, `/metrics`."""

import json

import pytest
from sts_service.echo import EchoServer
from wire.http import request, samples, stream_is_gone, stream_series
from wire.payloads import rule
from wire.sio_client import SioClient, worker

NAMES = {
    "sts_fragment_processing_seconds": "histogram",
    "sts_asr_duration_seconds": "histogram",
    "sts_translation_duration_seconds": "histogram",
    "sts_tts_duration_seconds": "histogram",
    "sts_fragments_in_flight": "gauge",
    "sts_queue_depth": "gauge",
    "sts_active_streams": "gauge",
    "sts_fragment_errors_total": "counter",
    "sts_backpressure_events_total": "counter",
    "sts_connections_total": "counter",
    "sts_gpu_utilization_percent": "gauge",
    "sts_gpu_memory_bytes": "gauge",
    "sts_process_start_time_seconds": "gauge",
    "sts_process_resident_memory_bytes": "gauge",
}


@pytest.mark.parametrize("path", ["/health", "/ready"])
async def test_a_running_service_says_so(echo: EchoServer, path: str) -> None:
    answer = await request(echo.url + path)
    assert answer.status == 200
    assert isinstance(json.loads(answer.text), dict)


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/healthy", "/socket.io", "/metrics/x", "/%00", "/..%2f..%2fetc"]
)
async def test_another_path_is_not_found(echo: EchoServer, path: str) -> None:
    assert (await request(echo.url + path)).status in {400, 404}


async def test_only_reading_is_allowed(echo: EchoServer) -> None:
    for path in ("/health", "/ready", "/metrics"):
        assert (await request(echo.url + path, "POST", b"x")).status in {404, 405}, path


async def test_the_metrics_are_prometheus_text(echo: EchoServer) -> None:
    answer = await request(f"{echo.url}/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain")


async def test_every_metric_is_there_with_its_type(echo: EchoServer) -> None:
    lines = (await request(f"{echo.url}/metrics")).text.splitlines()
    assert [name for name, kind in NAMES.items() if f"# TYPE {name} {kind}" not in lines] == []


async def test_active_streams_are_counted(echo: EchoServer, active: SioClient) -> None:
    assert (await samples(echo.url))["sts_active_streams"] == 1
    async with worker(echo.url) as other:
        # A connection without a session is no stream.
        assert (await samples(echo.url))["sts_active_streams"] == 1
        await other.init("other", "worker-b")
        assert (await samples(echo.url))["sts_active_streams"] == 2


async def test_fragments_in_flight_are_those_of_the_stream(slow_echo: EchoServer, holding: SioClient) -> None:
    for number in range(3):
        await holding.accepted(number)
    found = await samples(slow_echo.url)
    assert found['sts_fragments_in_flight{stream_id="stream-a"}'] == 3


async def test_fragments_are_timed_by_status_and_stream(echo: EchoServer, active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 1))
    for number in range(3):
        await active.round_trip(number)
    found = await samples(echo.url)
    assert found['sts_fragment_processing_seconds_count{status="success",stream_id="stream-a"}'] == 2
    assert found['sts_fragment_processing_seconds_count{status="failed",stream_id="stream-a"}'] == 1


async def test_errors_are_counted_by_stage_and_code(echo: EchoServer, active: SioClient) -> None:
    await active.simulate(rule("sequence_number", 0, "GPU_OOM", stage="asr"))
    await active.round_trip(0)
    assert (await samples(echo.url))['sts_fragment_errors_total{error_code="GPU_OOM",stage="asr"}'] == 1


async def test_the_series_of_a_stream_are_gone_after_it_ended(echo: EchoServer, active: SioClient) -> None:
    await active.round_trip(0)
    assert await stream_series(echo.url, active.stream_id)
    await active.complete()
    await stream_is_gone(echo.url, active.stream_id)


async def test_the_series_of_a_stream_are_gone_after_its_worker_left(echo: EchoServer) -> None:
    async with worker(echo.url) as client:
        await client.init()
        await client.round_trip(0)
    await stream_is_gone(echo.url, client.stream_id)


async def test_the_series_of_a_stream_survive_a_takeover(echo: EchoServer, active: SioClient) -> None:
    async with worker(echo.url) as back:
        await back.init()
        await active.expect_end()
        await back.round_trip(0)
        name = 'sts_fragment_processing_seconds_count{status="success",stream_id="stream-a"}'
        assert (await samples(echo.url))[name] == 1


async def test_two_services_in_one_process_do_not_share_their_numbers() -> None:
    async with EchoServer() as one, EchoServer() as other, worker(one.url) as client:
        await client.init()
        await client.round_trip(0)
        assert (await samples(one.url))["sts_active_streams"] == 1
        assert (await samples(other.url))["sts_active_streams"] == 0
        async with worker(other.url) as elsewhere:
            await elsewhere.init(client.stream_id, "another-worker")
