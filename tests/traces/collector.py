"""A collector: takes what is sent by OTLP over HTTP, and shows the spans."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from servers.ports import LOCAL

PREFIX = "livedub."


@dataclass(frozen=True)
class Exported:
    """A span."""

    name: str
    service: str
    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    """Empty: it begins the trace."""
    kind: int
    begun_ns: int
    ended_ns: int
    told: dict[str, Any]
    failed: str | None


class Collector:
    """As a context: it listens."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/v1/traces", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOCAL, 0)
        await site.start()
        self.url = f"http://{LOCAL}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.read())
        self.headers.append(dict(request.headers))
        return web.Response()

    @property
    def spans(self) -> list[Exported]:
        return [
            Exported(
                span.name,
                _attributes(scoped.resource.attributes)["service.name"],
                span.trace_id,
                span.span_id,
                span.parent_span_id,
                span.kind,
                span.start_time_unix_nano,
                span.end_time_unix_nano,
                {name.removeprefix(PREFIX): value for name, value in _attributes(span.attributes).items()},
                span.status.message or None,
            )
            for body in self.bodies
            for scoped in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in scoped.scope_spans
            for span in scope.spans
        ]

    @property
    def traces(self) -> list[list[Exported]]:
        """Each in the order in which its spans began."""
        found = defaultdict(list)
        for span in self.spans:
            found[span.trace_id].append(span)
        return [sorted(each, key=lambda span: span.begun_ns) for each in found.values()]

    async def wait_for(self, ready: Callable[[], bool], timeout_s: float, what: str) -> None:
        end = time.monotonic() + timeout_s
        while not ready():
            if time.monotonic() > end:
                raise TimeoutError(f"no {what} within {timeout_s} s; there are {self.spans}")
            await asyncio.sleep(0.05)


def tree(trace: list[Exported]) -> dict[str, str | None]:
    """The name of each span's parent, by the span's name; None for the first."""
    names = {span.span_id: span.name for span in trace}
    return {span.name: names[span.parent_id] if span.parent_id else None for span in trace}


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    return getattr(value, value.WhichOneof("value") or "string_value")
