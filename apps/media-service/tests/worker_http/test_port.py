"""The worker's port as a client sees it."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from media_service.errors import SettingsWrong
from media_service.worker import http
from media_service.worker.events import Listener, StateChange
from media_service.worker.http import LARGEST_BODY, MOST_LISTENERS, Station, serve

from worker_http.station import RUN_ID, STATUS, FakeStation

TOKEN = "hunter2-hunter2"
LIMIT_S = 5.0


@contextlib.asynccontextmanager
async def port(station: Station, token: str | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    timeout = aiohttp.ClientTimeout(total=LIMIT_S)
    async with contextlib.AsyncExitStack() as stack:
        number = await stack.enter_async_context(serve(station, "127.0.0.1", 0, token))
        client = aiohttp.ClientSession(f"http://127.0.0.1:{number}", timeout=timeout)
        yield await stack.enter_async_context(client)


async def told(answer: aiohttp.ClientResponse) -> tuple[str, str]:
    """Of a problem."""
    assert answer.content_type == "application/problem+json"
    problem = await answer.json(content_type=None)
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == answer.status
    return problem["title"], problem["detail"]


async def test_health_is_the_process_and_ready_is_the_media() -> None:
    station = FakeStation()
    async with port(station) as client:
        assert await (await client.get("/health")).json() == {"status": "ok"}
        answer = await client.get("/ready")
        assert (answer.status, await answer.json()) == (200, {"ready": True})
        station.is_ready = False
        answer = await client.get("/ready")
        assert (answer.status, await answer.json()) == (503, {"ready": False})
        assert (await client.get("/health")).status == 200


async def test_the_status_is_one_json_object() -> None:
    async with port(FakeStation()) as client:
        answer = await client.get("/v1/status")
        assert answer.content_type == "application/json"
        assert await answer.json() == asdict(STATUS)


async def test_the_metrics_are_for_prometheus() -> None:
    station = FakeStation()
    station.metrics.inflight(2)
    async with port(station) as client:
        answer = await client.get("/metrics")
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert "\nworker_inflight_fragments 2.0\n" in await answer.text()


@pytest.mark.parametrize("mode", ["dub", "original", "mute"])
async def test_the_operator_chooses_the_sound_and_is_named(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    station = FakeStation()
    caplog.set_level(logging.INFO, "media_service")
    async with port(station) as client:
        answer = await client.post("/v1/mode", json={"mode": mode}, headers={"X-Operator": " mary\tann "})
        assert (answer.status, await answer.json()) == (200, {"mode": mode, "who": "maryann"})
        await client.post("/v1/mode", data=b'{"mode": "dub"}')
    assert station.modes == [(mode, "maryann"), ("dub", "api")]
    first, second = (vars(record)["fields"] for record in caplog.records if record.message == "mode set")
    assert (first, second) == ({"mode": mode, "who": "maryann"}, {"mode": "dub", "who": "api"})


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        (b"", 400, "The body is not JSON"),
        (b"{mode: dub}", 400, "The body is not JSON"),
        (b'"\xff"', 400, "The body is not JSON"),
        (b'{"mode": "loud"}', 422, "dub, original, mute"),
        (b'{"mode": ["dub"]}', 422, "dub, original, mute"),
        (b'{"mode": null}', 422, "dub, original, mute"),
        (b"{}", 422, "dub, original, mute"),
        (b'["dub"]', 422, "dub, original, mute"),
        (b'"dub"', 422, "dub, original, mute"),
        (b'{"mode": "dub"}' + b" " * LARGEST_BODY, 413, "Request Entity Too Large"),
        (b"[" * 4000, 400, "The body is not JSON"),
    ],
)
async def test_what_is_no_choice_changes_nothing(body: bytes, status: int, detail: str) -> None:
    station = FakeStation()
    async with port(station) as client:
        answer = await client.post("/v1/mode", data=body)
        assert answer.status == status
        assert detail in (await told(answer))[1]
    assert station.modes == []


async def test_a_web_page_may_not_switch() -> None:
    station = FakeStation()
    async with port(station) as client:
        answer = await client.post(
            "/v1/mode", json={"mode": "mute"}, headers={"Origin": "http://evil.example"}
        )
        assert answer.status == 403
        await told(answer)
    assert station.modes == []


async def test_every_error_is_a_problem_document() -> None:
    station = FakeStation()
    async with port(station) as client:
        assert (await told(await client.get("/nothing")))[0] == "Not Found"
        answer = await client.get("/v1/mode")
        assert (await told(answer))[0] == "Method Not Allowed"
        assert answer.headers["Allow"] == "POST"


async def test_a_fault_is_logged_and_its_words_stay_inside(caplog: pytest.LogCaptureFixture) -> None:
    station = FakeStation()
    station.fault = RuntimeError(TOKEN)
    async with port(station) as client:
        answer = await client.get("/v1/status")
        assert answer.status == 500
        assert TOKEN not in "".join(await told(answer))
    assert [record.message for record in caplog.records] == ["a request failed"]
    caplog.clear()


@pytest.mark.parametrize("path", ["/ready", "/metrics", "/v1/status", "/v1/events", "/nothing"])
@pytest.mark.parametrize(
    "given", [None, "", TOKEN, f"Bearer {TOKEN}x", "Bearer", f"bearer {TOKEN[:-1]}", "Bearer \u00e9"]
)
async def test_without_the_token_only_health_answers(path: str, given: str | None) -> None:
    headers = {} if given is None else {"Authorization": given}
    async with port(FakeStation(), TOKEN) as client:
        answer = await client.get(path, headers=headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in "".join(await told(answer))
        assert (await client.get("/health")).status == 200


async def test_with_the_token_everything_answers() -> None:
    station = FakeStation()
    async with port(station, TOKEN) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert (await client.get("/v1/status")).status == 200
        assert (await client.post("/v1/mode", json={"mode": "mute"})).status == 200
        del client.headers["Authorization"]
        assert (await client.post("/v1/mode", json={"mode": "dub"})).status == 401
    assert station.modes == [("mute", "api")]


async def next_event(stream: aiohttp.StreamReader) -> dict[str, str]:
    """The next event, without comments."""
    fields: dict[str, str] = {}
    while line := (await asyncio.wait_for(stream.readline(), LIMIT_S)).decode():
        name, _, value = line.rstrip("\n").partition(": ")
        if line == "\n" and "id" in fields:
            return fields
        fields[name] = value
    raise EOFError


async def listening(station: FakeStation, count: int = 1) -> None:
    async with asyncio.timeout(LIMIT_S):
        while len(station.feed) != count:  # noqa: ASYNC110 - a feed has no event for this
            await asyncio.sleep(0.005)


async def test_events_come_as_they_happen_and_go_on_after_a_break() -> None:
    station = FakeStation()
    async with port(station) as client:
        station.feed.publish(StateChange(what="state", to="waiting"))
        async with client.get("/v1/events") as answer:
            assert answer.content_type == "text/event-stream"
            await listening(station)
            await client.post("/v1/mode", json={"mode": "original"}, headers={"X-Operator": "mary"})
            event = await next_event(answer.content)
        assert (event["id"], event["event"]) == (f"{RUN_ID}-2", "change")
        assert event["data"] == '{"at_unix_ms":1700000000000,"what":"mode","to":"original","who":"mary"}'
        await listening(station, 0)
        station.feed.publish(StateChange(what="state", to="original"))
        station.feed.publish(StateChange(what="state", to="ended"))
        async with client.get("/v1/events", headers={"Last-Event-ID": event["id"]}) as back:
            missed = [(await next_event(back.content))["id"] for _ in range(2)]
        assert missed == [f"{RUN_ID}-3", f"{RUN_ID}-4"]


async def test_a_silent_feed_shows_that_it_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "HEARTBEAT_S", 0.01)
    async with port(FakeStation()) as client, client.get("/v1/events") as answer:
        assert await asyncio.wait_for(answer.content.readuntil(b":\n\n:\n\n"), LIMIT_S)


async def test_only_so_many_may_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_LISTENERS", 1)
    assert MOST_LISTENERS > 1
    station = FakeStation()
    async with port(station) as client:
        async with client.get("/v1/events"):
            await listening(station)
            assert (await client.get("/v1/events")).status == 503
        await listening(station, 0)
        async with client.get("/v1/events") as answer:
            assert answer.status == 200


async def test_who_takes_nothing_is_hung_up_on_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SLOWEST_WRITE_S", 0.05)
    station = FakeStation()
    async with serve(station, "127.0.0.1", 0) as number:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.setblocking(False)
            await asyncio.get_running_loop().sock_connect(deaf, ("127.0.0.1", number))
            await asyncio.get_running_loop().sock_sendall(deaf, b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            await listening(station)
            async with asyncio.timeout(LIMIT_S):
                while len(station.feed):
                    station.feed.publish(StateChange(what="state", to="x" * 50_000))
                    await asyncio.sleep(0.001)
                heard = b""
                while more := await asyncio.get_running_loop().sock_recv(deaf, 65_536):
                    heard += more
                assert heard.startswith(b"HTTP/1.1 200 OK")
                assert not heard.endswith(b"0\r\n\r\n"), "a polite end would have waited for it to read"


@pytest.mark.parametrize("reads", [True, False])
async def test_the_end_does_not_wait_for_those_who_listen(
    reads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reads:
        # Who reads is sent home; only who does not is cut off after a time.
        monkeypatch.setattr(http, "SHUTDOWN_S", 10 * LIMIT_S)
    station = FakeStation()
    async with aiohttp.ClientSession() as client:
        stopping = serve(station, "127.0.0.1", 0)
        number = await stopping.__aenter__()
        answers = [await client.get(f"http://127.0.0.1:{number}/v1/events") for _ in range(3)]
        await listening(station, 3)
        if not reads:
            for _ in range(300):
                station.feed.publish(StateChange(what="state", to="x" * 50_000))
            await asyncio.sleep(0)
        await asyncio.wait_for(stopping.__aexit__(None, None, None), LIMIT_S)
        for answer in answers:
            answer.close()
    assert len(station.feed) == 0


async def test_a_port_that_is_taken_is_a_wrong_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(
            SettingsWrong, match=rf"^WORKER_METRICS_.*PORT: cannot listen on 127.0.0.1:{number}: "
        ):
            async with serve(FakeStation(), "127.0.0.1", number):
                pass


async def test_an_address_that_is_none_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsWrong, match=r"^WORKER_METRICS_HOST"):
        async with serve(FakeStation(), "256.0.0.1", 0):
            pass


async def test_the_port_is_free_again_after_the_end() -> None:
    async with serve(FakeStation(), "127.0.0.1", 0) as number:
        pass
    async with serve(FakeStation(), "127.0.0.1", number) as again:
        assert again == number


@pytest.mark.parametrize("writes", [True, False])
async def test_a_listener_that_is_sent_home_goes_also_in_the_moment_in_which_it_is_told(
    writes: bool,
) -> None:
    moment = asyncio.get_running_loop().create_future()
    told: list[bytes] = []

    class Line:
        async def write(self, piece: bytes) -> None:
            told.append(piece)
            if len(told) > 1:
                raise ConnectionError
            if writes:
                await moment

    class Listening(Listener):
        async def take(self) -> bytes:
            await moment
            return b"news"

    telling = asyncio.create_task(http._told(cast("web.StreamResponse", Line()), Listening([])))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(told) == 1
    moment.set_result(None)
    telling.cancel()
    await asyncio.wait([telling], timeout=LIMIT_S)
    assert telling.cancelled()
    assert len(told) == 1
