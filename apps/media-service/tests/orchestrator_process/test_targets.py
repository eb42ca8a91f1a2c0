"""Prometheus is told where the workers' metrics are, and nothing else."""

from orchestrator_process.process import Orchestrator


async def test_a_running_worker_is_a_target_by_the_name_that_prometheus_used(
    orchestrator: Orchestrator,
) -> None:
    url = "rtmp://source.test/live/key-1"
    await orchestrator.ask("POST", "/v1/streams", {"stream_id": "watched", "input_url": url})
    await orchestrator.ask("POST", "/v1/streams", {"stream_id": "not-running"})
    await orchestrator.until_stream("watched", phase="running")
    status, told = await orchestrator.ask("GET", "/v1/prometheus/targets")
    assert status == 200
    host = orchestrator.url("").removeprefix("http://")
    of = {group["labels"]["stream_id"]: group for group in told}
    assert of["watched"] == {
        "targets": [host],
        "labels": {"__metrics_path__": "/v1/streams/watched/metrics", "stream_id": "watched"},
    }
    assert "not-running" not in of
    assert "key-1" not in str(told)
    await orchestrator.ask("DELETE", "/v1/streams/watched")
    _, told = await orchestrator.ask("GET", "/v1/prometheus/targets")
    assert "watched" not in {group["labels"]["stream_id"] for group in told}
