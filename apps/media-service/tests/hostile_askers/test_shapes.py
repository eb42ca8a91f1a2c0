"""Requests that two programs could read differently: nothing is smuggled behind one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from media_service.orchestrator import web
from media_service.worker import http
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from worker_http.station import FakeStation

from hostile_askers.asker import LOCAL, asker, status_of

INNER = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"POST /v1/mode HTTP/1.1\r\nHost: a\r\n"
SHAPES = {
    "both lengths": HEAD + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + INNER,
    "two lengths": HEAD + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER,
    "a length that is none": HEAD + b"Content-Length: +0\r\n\r\n" + INNER,
    "a length below nothing": HEAD + b"Content-Length: -1\r\n\r\n" + INNER,
    "a coding nobody knows": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + INNER,
    "a coding with a tab": HEAD
    + b"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    + INNER,
    "a space before the colon": HEAD + b"Content-Length : %d\r\n\r\n" % len(INNER) + INNER,
    "a folded header": HEAD + b"X-A: b\r\n Content-Length: %d\r\n\r\n" % len(INNER) + INNER,
    "a chunk's size of minus": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + INNER,
    "a chunk's size without an end": HEAD
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"f" * 40
    + b"\r\n"
    + INNER,
    "no host": b"GET /health HTTP/1.1\r\n\r\n",
    "a line that is none": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a method that is none": b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "a header with a return": b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\rX-B: c\r\n\r\n",
    "a header with a zero": b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
}
MEANT_SEPARATELY = ("a folded header",)
"""What stands behind is the next request, whoever reads it."""


@pytest.fixture(params=["worker", "orchestrator"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[int, list[str]]]:
    """A port, and the paths that the orchestrator's application was asked for."""
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while (await receive()).get("more_body"):
                    pass
        await PlainTextResponse("ok")(scope, receive, send)

    if request.param == "worker":
        async with http.serve(FakeStation(), LOCAL, 0) as port:
            yield port, asked
        return
    listener = web.listen(LOCAL, 0)
    server = web.WebServer(app)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.accepts.wait()
    try:
        yield listener.getsockname()[1], asked
    finally:
        server.should_exit = True
        await serving


@pytest.mark.parametrize("name", SHAPES)
async def test_nothing_is_smuggled(served: tuple[int, list[str]], name: str) -> None:
    port, asked = served
    async with asker(port, SHAPES[name]) as one:
        one.writer.write_eof()
        told = await one.ended()
    if name not in MEANT_SEPARATELY:
        assert told.count(b"HTTP/1.1 ") <= 1, told
        assert "/smuggled" not in asked
    assert b" 500 " not in told
    assert await status_of(port) == 200


@pytest.mark.parametrize(
    "target",
    [b"/" + b"a" * 60_000, b"/?" + b"a=b&" * 15_000, b"//etc/passwd", b"/%00", b"/%2e%2e/%2e%2e", b"*"],
    ids=["long", "query", "slashes", "zero", "dots", "star"],
)
async def test_no_path_is_a_fault(served: tuple[int, list[str]], target: bytes) -> None:
    port, _ = served
    async with asker(port, b"GET " + target + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") as one:
        told = await one.ended()
    assert b" 500 " not in told.partition(b"\r\n")[0]
    assert await status_of(port) == 200
