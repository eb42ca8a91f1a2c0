"""A worker and the echo service: one trace a fragment, over both processes."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import pytest
from live.films import film
from live.stage import SMALL
from live.worker import WorkerProcess
from media_service.testmedia.programme import Programme
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sts_service.echo import EchoServer

from traces.collector import Collector, Exported, tree

LENGTH_S = 9
LONG_S = 60.0
KEY = "k3y-of-the-service-9f2c"  # pragma: allowlist secret
OF_A_DUB = {
    "fragment": None,
    "fragment.make": "fragment",
    "fragment.queue": "fragment",
    "fragment.exchange": "fragment",
    "sts.fragment": "fragment.exchange",
    "sts.deliver": "sts.fragment",
    "fragment.prepare": "fragment",
    "fragment.wait": "fragment",
}


@dataclass(frozen=True)
class Run:
    collector: Collector
    dubbed: int
    log: str


async def run(folder: Path, **service: object) -> Run:
    """Without a clock: the file is read as fast as it goes."""
    source = await asyncio.to_thread(
        film, folder / "talk.mp4", Programme(**{**SMALL, "duration_s": LENGTH_S})
    )
    async with Collector() as collector:
        # A key in the address, as some who sell collectors have it.
        endpoint = f"{collector.url}/v1/traces?key={KEY}"
        async with EchoServer(sts_api_key=KEY, trace_endpoint=endpoint, **service) as echo:
            worker = WorkerProcess(
                folder,
                input_url=source,
                output_url=folder / "out.mp4",
                realtime=False,
                sts_service_url=echo.url,
                sts_api_key=KEY,
                trace_endpoint=endpoint,
            )
            async with worker:
                assert await worker.exit_code(LONG_S) == 0
                dubbed = len(worker.events("slot", outcome="dubbed"))
        return Run(collector, dubbed, worker.output())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return asyncio.run(run(tmp_path_factory.mktemp("traced")))


def test_each_fragment_is_one_trace_over_worker_and_service(played: Run) -> None:
    assert played.dubbed >= 3
    assert len(played.collector.traces) == played.dubbed
    for trace in played.collector.traces:
        assert tree(trace) == OF_A_DUB
        assert len(trace) == len(OF_A_DUB)
        assert {span.service for span in trace} == {"livedub-worker", "livedub-sts"}


def named(trace: list[Exported], name: str) -> Exported:
    (span,) = (each for each in trace if each.name == name)
    return span


def test_the_first_span_tells_what_became_of_the_fragment(played: Run) -> None:
    for trace in played.collector.traces:
        told = named(trace, "fragment").told
        assert told["outcome"] == "dubbed"
        assert told["rtt_ms"] > 0
        assert (told["fragment_id"], told["stream_id"]) == (
            named(trace, "sts.fragment").told["fragment_id"],
            "worker",
        )
        assert named(trace, "sts.fragment").told["status"] == "success"
        assert all(span.failed is None for span in trace)


def test_the_parts_follow_each_other_within_the_whole(played: Run) -> None:
    for trace in played.collector.traces:
        whole = named(trace, "fragment")
        inside = [span for span in trace if span.parent_id == whole.span_id]
        assert [span.name for span in inside] == [name for name, of in OF_A_DUB.items() if of == "fragment"]
        assert all(whole.begun_ns <= span.begun_ns <= span.ended_ns <= whole.ended_ns for span in inside)
        assert named(trace, "fragment.exchange").kind == Span.SPAN_KIND_CLIENT
        assert named(trace, "sts.fragment").kind == Span.SPAN_KIND_SERVER


def test_neither_keys_nor_what_was_said_is_exported(played: Run) -> None:
    assert played.collector.bodies
    for body in played.collector.bodies:
        assert KEY.encode() not in body
        assert b"ECHO" not in body
    assert KEY not in played.log
