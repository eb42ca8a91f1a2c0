"""What the speech service tells of a fragment, whoever sent it and however it ends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from service_kit.tracing import otlp
from sts_service.echo import EchoServer
from wire.payloads import fragment_payload, rule
from wire.sio_client import worker
from wire.worker import Worker

from traces.collector import Collector, Exported, tree

LONG_S = 20.0
TRACE, SPAN = "5e" * 16, "7a" * 8


class Heard:
    """An open stream, and what the service has told so far."""

    def __init__(self, client: Worker, collector: Collector) -> None:
        self.client = client
        self._collector = collector

    async def send(self, number: int, **metadata: Any) -> dict[str, Any]:
        payload = fragment_payload(number, stream_id=self.client.stream_id, metadata=metadata)
        await self.client.emit("fragment:data", payload)
        return await self.client.result(payload["fragment_id"])

    async def wholes(self, count: int) -> list[Exported]:
        """The spans that stand for a fragment, once there are so many."""

        def found() -> list[Exported]:
            return [span for span in self._collector.spans if span.name == "sts.fragment"]

        await self._collector.wait_for(lambda: len(found()) >= count, LONG_S, f"{count} spans")
        return sorted(found(), key=lambda span: (span.told["sequence_number"], span.begun_ns))


@pytest.fixture
async def heard(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heard]:
    monkeypatch.setattr(otlp, "EVERY_MS", 20)
    async with (
        Collector() as collector,
        EchoServer(trace_endpoint=collector.url) as echo,
        worker(echo.url) as client,
    ):
        await client.init()
        yield Heard(client, collector)


async def test_the_trace_of_the_worker_goes_on(heard: Heard) -> None:
    assert (await heard.send(0, traceparent=f"00-{TRACE}-{SPAN}-01"))["status"] == "success"
    (whole,) = await heard.wholes(1)
    assert (whole.trace_id.hex(), whole.parent_id.hex()) == (TRACE, SPAN)


async def test_what_is_not_sampled_there_is_not_told_here(heard: Heard) -> None:
    await heard.send(0, traceparent=f"00-{TRACE}-{SPAN}-00")
    await heard.send(1, traceparent=f"00-{TRACE}-{SPAN}-01")
    (whole,) = await heard.wholes(1)
    assert whole.told["sequence_number"] == 1


@pytest.mark.parametrize(
    "malformed", [None, "", "garbage", 7, True, ["00"], {"trace": TRACE}, f"00-{TRACE}-{SPAN}", "é" * 10_000]
)
async def test_a_malformed_context_is_no_error_and_begins_a_trace(heard: Heard, malformed: object) -> None:
    assert (await heard.send(0, traceparent=malformed, pts_ns=1))["status"] == "success"
    assert heard.client.codes() == []
    (whole,) = await heard.wholes(1)
    assert whole.parent_id == b""


async def test_a_failure_is_told_with_its_code_and_a_retry_is_told_again(heard: Heard) -> None:
    await heard.client.simulate(rule("nth_fragment", 1, error_code="MODEL_ERROR", stage="asr"))
    await heard.client.round_trip(0, "again")
    await heard.client.stop_simulating()
    await heard.client.round_trip(0, "again")
    failed, retried = await heard.wholes(2)
    assert (failed.failed, failed.told["stage"], failed.told["is_retry"]) == ("MODEL_ERROR", "asr", False)
    assert (retried.failed, retried.told["is_retry"]) == (None, True)


async def test_what_is_never_delivered_is_told_too(heard: Heard) -> None:
    await heard.client.simulate(
        rule("sequence_number", 0, kind="drop"), rule("sequence_number", 1, kind="delay", delay_ms=30_000)
    )
    await heard.client.accepted(0)
    await heard.client.accepted(1)
    await heard.client.quiet()
    await heard.client.close()
    withheld, cut = await heard.wholes(2)
    assert (withheld.failed, cut.failed) == ("withheld", "DISCONNECTED")


async def test_a_result_waits_for_those_before_it(heard: Heard) -> None:
    await heard.client.simulate(rule("sequence_number", 0, kind="delay", delay_ms=300))
    ids = [await heard.client.send(number) for number in (0, 1)]
    for each in ids:
        await heard.client.result(each)
    first, second = await heard.wholes(2)
    spans = {span.parent_id: span for span in heard._collector.spans if span.name == "sts.deliver"}
    waited = [
        (spans[whole.span_id].ended_ns - spans[whole.span_id].begun_ns) / 1e6 for whole in (first, second)
    ]
    assert waited[1] > 200 > waited[0]
    assert tree([second, spans[second.span_id]]) == {"sts.fragment": None, "sts.deliver": "sts.fragment"}
