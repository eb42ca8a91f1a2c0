"""Traces: off they are nothing; on, they are told to whoever asks, and harm nobody who works."""

import asyncio
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from service_kit import tracing
from service_kit.settings import SettingError
from service_kit.tracing import NO_SPAN, NO_TRACER, context, otlp, part, process, within
from service_kit.tracing.recorded import RecordedTracer

LONG_S = 20.0
HIDDEN = "hunter2-hunter2"
IDS = st.tuples(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())


class Taker:
    """A collector that can be told to hang."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.asked = threading.Event()
        taker = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                taker.asked.set()
                taker.goes_on.wait(LONG_S)
                request = ExportTraceServiceRequest.FromString(body)
                taker.names += [
                    span.name
                    for resource in request.resource_spans
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
                try:
                    self.send_response(200)
                    self.end_headers()
                except OSError:  # whoever asked has not waited
                    pass

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


@contextmanager
def taker() -> Iterator[Taker]:
    taken = Taker()
    thread = threading.Thread(target=taken.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield taken
    finally:
        taken.goes_on.set()
        taken.server.shutdown()
        thread.join()
        taken.server.server_close()


def quick(monkeypatch: pytest.MonkeyPatch, *, export_s: float = 0.3) -> None:
    monkeypatch.setattr(otlp, "EXPORT_S", export_s)
    monkeypatch.setattr(otlp, "EVERY_MS", 20)


def until(ready: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONG_S
    while not ready():
        assert time.monotonic() < end, what
        time.sleep(0.01)


# Off


def test_without_an_endpoint_nothing_is_imported() -> None:
    script = (
        "import sys\nfrom service_kit.tracing import NO_TRACER, check, part, start\n"
        "check('X', None)\nassert start(None, 1.0, service='x') is NO_TRACER\n"
        "with part('x') as span: span.tell(a=1)\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_span_is_its_own_part_and_says_nothing() -> None:
    span = NO_TRACER.begin("whole", parent="00-" + "1" * 32 + "-" + "1" * 16 + "-01")
    assert span is NO_SPAN
    assert span.part("inside") is part("inside") is NO_SPAN
    assert span.traceparent is None
    with span as entered, within(span):
        entered.tell(a=1)
    span.end(failed="X")
    NO_TRACER.close(1)


# Asked for


@pytest.mark.parametrize(
    "endpoint", ["collector:4318", "ftp://collector", "http://", "http://x:99999", "http://[x"]
)
def test_an_endpoint_that_is_no_address_is_refused_and_not_shown(endpoint: str) -> None:
    with pytest.raises(SettingError, match=r"^X_ENDPOINT: an http") as raised:
        tracing.check("X_ENDPOINT", endpoint)
    assert endpoint not in str(raised.value)


def test_where_the_libraries_are_missing_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracing.check("X_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setattr(process, "_NEEDED", ("opentelemetry.sdk", "no_such.library"))
    with pytest.raises(
        SettingError, match=r"^X_ENDPOINT: needs .*: pip install opentelemetry-sdk \S+$"
    ) as raised:
        tracing.check("X_ENDPOINT", "http://127.0.0.1:4318")
    assert "\n" not in str(raised.value)
    tracing.check("X_ENDPOINT", None)


# The current span


async def test_a_part_belongs_to_the_work_of_its_own_task() -> None:
    tracer = RecordedTracer()

    async def work(name: str) -> None:
        whole = tracer.begin(name)
        with within(whole):
            await asyncio.sleep(0)
            with part(f"{name} part"):
                await asyncio.sleep(0)
                part(f"{name} innermost").end()
        assert part("outside") is NO_SPAN

    await asyncio.gather(work("one"), work("other"))
    parents = {span.name: span.parent for span in tracer.spans}
    for name in ("one", "other"):
        (whole,), (inside,) = tracer.named(name), tracer.named(f"{name} part")
        assert parents[f"{name} part"] == whole.traceparent
        assert parents[f"{name} innermost"] == inside.traceparent
        assert inside.ended
        assert not whole.ended


def test_of_an_error_the_code_is_told_or_the_type_and_never_the_text() -> None:
    class Coded(Exception):
        code = "TIMEOUT"

    tracer = RecordedTracer()
    for error in (Coded("what he said"), ValueError("what she said")):
        with pytest.raises(type(error)), tracer.begin("x"):
            raise error
    assert [span.failed for span in tracer.spans] == ["TIMEOUT", "ValueError"]


# Over to another process


@given(IDS)
def test_a_traceparent_is_read_as_it_was_written(ids: tuple[int, int, bool]) -> None:
    written = context.Context(*ids)
    assert context.read(context.write(written)) == written


@settings(max_examples=50)
@given(st.text(max_size=80) | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"))
def test_a_malformed_traceparent_is_none_and_no_error(text: str) -> None:
    found = context.read(text)
    if found is not None:
        assert text.startswith(context.write(found)[2:52], 2)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", True),
        ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes-later", True),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", False),
        ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", False),
        ("00-00000000000000000000000000000000-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", False),
        ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", False),
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\n", False),
        ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-" + "x" * 300, False),
    ],
)
def test_the_traceparents_of_the_recommendation(text: str, is_good: bool) -> None:
    assert (context.read(text) is not None) is is_good


# On


def test_what_is_done_is_exported_with_its_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch, export_s=5)
    with taker() as taken:
        tracer = tracing.start(taken.url, 1.0, service="x")
        with tracer.begin("whole") as whole:
            part("inside").end()
            begun_ns = time.monotonic_ns() - 5_000_000
            whole.part("earlier", begun_ns=begun_ns).end(ended_ns=begun_ns + 1_000_000)
        whole.end(failed="TOO_LATE")
        tracer.close(LONG_S)
        assert sorted(taken.names) == ["earlier", "inside", "whole"]


def test_of_what_is_not_sampled_nothing_is_exported_there_and_further_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick(monkeypatch, export_s=5)
    with taker() as taken:
        first = tracing.start(taken.url, 0.0, service="first")
        next_one = tracing.start(taken.url, 1.0, service="next")
        unsampled = first.begin("unsampled")
        assert unsampled.traceparent is not None
        next_one.begin("unsampled too", parent=unsampled.traceparent).end()
        next_one.begin("its own", parent="garbage").end()
        unsampled.end()
        for tracer in (first, next_one):
            tracer.close(LONG_S)
        assert taken.names == ["its own"]


def test_a_collector_that_hangs_costs_no_time_and_no_more_than_the_queue(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    quick(monkeypatch, export_s=LONG_S)
    with taker() as taken, caplog.at_level(logging.INFO):
        taken.goes_on.clear()
        tracer = tracing.start(taken.url, 1.0, service="x")
        tracer.begin("first").end()
        assert taken.asked.wait(LONG_S)
        many = 3 * otlp.MOST_WAITING
        for _ in range(many):
            tracer.begin("more").end()
        taken.goes_on.set()
        tracer.close(LONG_S)
        assert taken.names.count("first") == 1
        assert otlp.MOST_WAITING <= taken.names.count("more") <= otlp.MOST_WAITING + otlp.AT_ONCE
    assert [record.message for record in caplog.records] == []


def test_a_collector_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch, export_s=LONG_S)
    with taker() as taken:
        taken.goes_on.clear()
        tracer = tracing.start(taken.url, 1.0, service="x")
        tracer.begin("x").end()
        assert taken.asked.wait(LONG_S)
        begun = time.monotonic()
        tracer.close(0.2)
        assert time.monotonic() - begun < LONG_S / 2
        tracer.begin("after the end").end()
        tracer.close(0.2)


@pytest.mark.parametrize("how", ["is gone", "hangs"])
def test_a_collector_that_takes_nothing_is_told_of_once_and_so_is_its_return(
    how: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    quick(monkeypatch)
    with (
        taker() as taken,
        socket.create_server(("127.0.0.1", 0)) as listener,
        caplog.at_level(logging.INFO),
    ):
        gone = f"http://user:{HIDDEN}@127.0.0.1:{listener.getsockname()[1]}/v1/traces?key={HIDDEN}"
        if how == "is gone":
            listener.close()
        tracer = tracing.start(gone, 1.0, service="x")
        assert isinstance(tracer, otlp.OtlpTracer)
        failures = 0
        export = tracer._sender.export

        def counted(spans: Sequence[ReadableSpan]) -> SpanExportResult:
            nonlocal failures
            failures += 1
            return export(spans)

        def several() -> bool:
            tracer.begin("lost").end()
            return failures >= 3

        monkeypatch.setattr(tracer._sender, "export", counted)
        until(several, "failed exports")
        tracer._sender._exporter = OTLPSpanExporter(endpoint=f"{taken.url}/v1/traces", timeout=5)
        tracer.begin("taken").end()
        until(lambda: "taken" in taken.names, "the export after the return")
        tracer.close(LONG_S)
    told = [record for record in caplog.records if record.name.startswith("service_kit")]
    assert [(record.levelname, record.message) for record in told] == [
        ("WARNING", "traces are lost: nobody takes them"),
        ("INFO", "traces are taken again"),
    ]
    assert [record for record in caplog.records if record not in told] == []
    assert HIDDEN not in str([vars(record) for record in caplog.records])
