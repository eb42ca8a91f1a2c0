"""Forwarders: one a destination, tried for ever, and never the worker's trouble."""

from pathlib import Path
from typing import Any

import pytest

from orchestrator_process.process import Orchestrator, until

GOOD, BAD, OTHER = (f"rtmp://{name}.test/live/{name}-key" for name in ("good", "bad", "other"))


async def forwards(orchestrator: Orchestrator, stream_id: str) -> list[tuple[str, str]]:
    """Destination and state."""
    found: list[dict[str, Any]] = (await orchestrator.stream(stream_id))["forwards"]
    return [(one["url"].split("/")[2], one["state"]) for one in found]


async def until_forwards(orchestrator: Orchestrator, stream_id: str, *wanted: tuple[str, str]) -> None:
    async def are_so() -> bool:
        return await forwards(orchestrator, stream_id) == list(wanted)

    await until(are_so, 30, f"{wanted}")


async def test_a_dead_destination_is_tried_again_and_harms_nothing(orchestrator: Orchestrator) -> None:
    orchestrator.tell_workers(**{"_fwd2-sent": {"exit": 20}})
    body = {"stream_id": "sent", "forward_urls": [GOOD, BAD]}
    assert (await orchestrator.ask("POST", "/v1/streams", body))[0] == 201
    await orchestrator.ready("sent")
    await until_forwards(orchestrator, "sent", ("good.test", "running"), ("bad.test", "retrying"))
    (worker,) = orchestrator.workers("sent")
    (forwarder,) = orchestrator.workers("_fwd1-sent")
    assert forwarder.environ["WORKER_INPUT_URL"] == worker.environ["WORKER_OUTPUT_URL"]
    assert (forwarder.environ["WORKER_OUTPUT_URL"], forwarder.environ["WORKER_STS_MODE"]) == (
        GOOD,
        "passthrough",
    )
    orchestrator.tell_workers()
    await until_forwards(orchestrator, "sent", ("good.test", "running"), ("bad.test", "running"))
    assert orchestrator.workers("sent") == [worker]
    assert orchestrator.workers("_fwd1-sent") == [forwarder]


async def test_destinations_change_while_the_stream_is_on_air_and_the_others_go_on(
    orchestrator: Orchestrator,
) -> None:
    await orchestrator.ask("POST", "/v1/streams", {"stream_id": "changed", "forward_urls": [GOOD, BAD]})
    await orchestrator.ready("changed")
    await until_forwards(orchestrator, "changed", ("good.test", "running"), ("bad.test", "running"))
    kept = orchestrator.pids("_fwd2-changed")
    await orchestrator.ask("PATCH", "/v1/streams/changed", {"forward_urls": [OTHER, BAD]})
    await until_forwards(orchestrator, "changed", ("other.test", "running"), ("bad.test", "running"))
    assert orchestrator.pids("_fwd2-changed") == kept
    assert [one.environ["WORKER_OUTPUT_URL"] for one in orchestrator.workers("_fwd1-changed")] == [OTHER]
    await orchestrator.ask("POST", "/v1/streams/changed/stop")
    await until_forwards(orchestrator, "changed", ("other.test", "waiting"), ("bad.test", "waiting"))
    assert [orchestrator.pids(f"_fwd{number}-changed") for number in (1, 2)] == [[], []]


@pytest.mark.slow
async def test_forwarders_are_found_again_too(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        await orchestrator.ask("POST", "/v1/streams", {"stream_id": "found", "forward_urls": [GOOD]})
        await orchestrator.ready("found")
        await until_forwards(orchestrator, "found", ("good.test", "running"))
        pids = orchestrator.pids()
        await orchestrator.kill()
        await orchestrator.start()
        await until_forwards(orchestrator, "found", ("good.test", "running"))
        assert (len(pids), orchestrator.pids()) == (2, pids)
        assert await orchestrator.terminate() == 0
        assert orchestrator.pids() == []
