"""The REST API: what it takes, what it shows, what it refuses, and who may ask."""

import asyncio
import contextlib
import json
import time
from typing import Any

import aiohttp
import pytest
from media_service.orchestrator.http.events import MOST_LISTENERS

from orchestrator_process.process import Orchestrator, until

SENT_ON = "rtmp://cdn.test/live/cdn-key-2"


async def test_a_stream_is_added_edited_stopped_started_and_deleted(orchestrator: Orchestrator) -> None:
    ask = orchestrator.ask
    new = {"stream_id": "talk", "input_url": "rtmp://source.test/live/key-1", "target_language": "fr"}
    status, told = await ask("POST", "/v1/streams", new, headers={"X-Operator": "mary"})
    assert (status, told["enabled"], told["target_language"], told["mix"]) == (201, True, "fr", "duck")
    assert (await ask("POST", "/v1/streams", new))[0] == 409
    await orchestrator.until_stream("talk", phase="running", state="dubbing")
    status, told = await ask("PATCH", "/v1/streams/talk", {"voice": "anna", "forward_urls": [SENT_ON]})
    assert (status, told["voice"], told["restart_needed"]) == (200, "anna", True)
    assert [one["url"] for one in told["forwards"]] == ["rtmp://cdn.test/live/***"] or told["forwards"] == []
    status, _ = await ask("POST", "/v1/streams/talk/restart", headers={"X-Operator": "joe"})
    assert status == 202
    await orchestrator.until_stream("talk", phase="running", restart_needed=False)
    assert (await ask("POST", "/v1/streams/talk/stop"))[0] == 200
    await orchestrator.until_stream("talk", phase="stopped", state="ended")
    assert orchestrator.pids("talk") == []
    assert (await ask("POST", "/v1/streams/talk/mode", {"mode": "mute"}))[0] == 200
    assert (await ask("POST", "/v1/streams/talk/start"))[0] == 200
    found = await orchestrator.until_stream("talk", phase="running")
    assert found["worker"]["mode"] == "mute"
    assert (await ask("DELETE", "/v1/streams/talk"))[0] == 204
    assert orchestrator.pids("talk") == []
    assert (await ask("GET", "/v1/streams/talk"))[0] == 404
    _, told = await ask("GET", "/v1/actions?stream_id=talk")
    done = [(one["who"], one["what"]) for one in reversed(told["actions"])]
    assert done == [
        ("mary", "add"),
        ("api", "edit"),
        ("joe", "restart"),
        ("api", "stop"),
        ("api", "mode"),
        ("api", "start"),
        ("api", "delete"),
    ]


async def test_a_list_holds_every_stream_once(orchestrator: Orchestrator) -> None:
    for stream_id in ("list-b", "list-a"):
        await orchestrator.ask("POST", "/v1/streams", {"stream_id": stream_id})
    _, told = await orchestrator.ask("GET", "/v1/streams")
    ids = [one["stream_id"] for one in told["streams"]]
    assert ids == sorted(set(ids))
    assert {"list-a", "list-b"} <= set(ids)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"stream_id": "../etc"}, 422),
        ({"stream_id": "a/b"}, 422),
        ({"stream_id": "_fwd1-a"}, 422),
        ({"stream_id": "x" * 49}, 422),
        ({}, 422),
        ({"stream_id": "r", "input_url": "file:///etc/passwd"}, 422),
        ({"stream_id": "r", "input_url": "/etc/passwd"}, 422),
        ({"stream_id": "r", "input_url": "rtmp://169.254.169.254/live/secret-9"}, 422),
        ({"stream_id": "r", "input_url": "rtmp://[::1]/live/secret-9"}, 422),
        ({"stream_id": "r", "output_url": "/tmp/out.mp4"}, 422),
        ({"stream_id": "r", "output_url": "rtmp://127.0.0.1/live/secret-9"}, 422),
        ({"stream_id": "r", "forward_urls": ["rtmp://10.0.0.1/live/secret-9"]}, 422),
        ({"stream_id": "r", "forward_urls": [SENT_ON, SENT_ON]}, 422),
        ({"stream_id": "r", "input_url": SENT_ON, "output_url": SENT_ON}, 409),
        ({"stream_id": "r", "output_url": "rtmp://cdn.test/live/***"}, 422),
        ({"stream_id": "r", "target_language": "e;s"}, 422),
        ({"stream_id": "r", "mix": "loud"}, 422),
        ({"stream_id": "r", "voice": "a\nb"}, 422),
        ({"stream_id": "r", "voice": "\ud800"}, 422),
        ({"stream_id": "r", "enabled": True}, 422),
        ([], 422),
    ],
)
async def test_what_may_not_be_is_refused_and_nothing_of_it_is_repeated(
    orchestrator: Orchestrator, values: Any, status: int
) -> None:
    answered, told = await orchestrator.ask("POST", "/v1/streams", values)
    assert (answered, told["status"], told["type"]) == (status, status, "about:blank")
    assert told["detail"]
    assert "secret-9" not in json.dumps(told)
    assert (await orchestrator.ask("GET", "/v1/streams/r"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/streams/nobody", 404),
        ("GET", "/v1/streams/..%2f..%2fetc", 404),
        ("PATCH", "/v1/streams/nobody", 404),
        ("POST", "/v1/streams/nobody/start", 404),
        ("GET", "/v1/streams/nobody/events", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/v1/streams", 405),
        ("GET", "/v1/actions?limit=0", 422),
    ],
)
async def test_every_error_is_a_problem_document(
    orchestrator: Orchestrator, method: str, path: str, status: int
) -> None:
    body: dict[str, str] | None = {} if method == "PATCH" else None
    url = orchestrator.url(path)
    async with orchestrator.session.request(method, url, json=body) as answer:
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (await answer.json(content_type=None))["status"] == status


async def test_a_body_that_is_too_large_or_never_comes_is_refused(orchestrator: Orchestrator) -> None:
    status, _ = await orchestrator.ask("POST", "/v1/streams", {"voice": "x" * 70_000})
    assert status == 413


async def test_another_sites_page_and_another_sites_name_are_refused(orchestrator: Orchestrator) -> None:
    path = "/v1/streams/nobody/stop"
    status, _ = await orchestrator.ask("POST", path, headers={"Origin": "http://evil.example"})
    assert status == 403
    own = f"http://127.0.0.1:{orchestrator.port}"
    assert (await orchestrator.ask("POST", path, headers={"Origin": own}))[0] == 404
    assert (await orchestrator.ask("GET", "/v1/streams", headers={"Host": "evil.example"}))[0] == 403


async def test_a_worker_that_hangs_is_an_error_for_the_switch_and_holds_nobody_up(
    orchestrator: Orchestrator,
) -> None:
    await orchestrator.ready("hangs")
    await orchestrator.until_stream("hangs", phase="running")
    orchestrator.tell_workers(hangs={"hangs": True})
    switching = asyncio.create_task(orchestrator.ask("POST", "/v1/streams/hangs/mode", {"mode": "original"}))
    began = time.monotonic()
    status, _ = await orchestrator.ask("GET", "/v1/streams")
    assert (status, switching.done()) == (200, False)
    assert time.monotonic() - began < 2
    assert (await switching)[0] == 502
    # It was heard all the same, and comes to pass.
    orchestrator.tell_workers()
    assert (await orchestrator.until_stream("hangs", mode="original"))["phase"] == "running"

    async def is_switched() -> bool:
        return bool((await orchestrator.stream("hangs"))["worker"]["mode"] == "original")

    await until(is_switched, 10, "original sound")


async def test_listeners_that_have_gone_make_room_for_others(orchestrator: Orchestrator) -> None:
    await orchestrator.ask("POST", "/v1/streams", {"stream_id": "room"})
    for path in ("/v1/events", "/v1/streams/room/events"):
        for _ in range(2):
            async with contextlib.AsyncExitStack() as stack:
                got = [
                    await stack.enter_async_context(orchestrator.session.get(orchestrator.url(path)))
                    for _ in range(MOST_LISTENERS)
                ]
                assert {answer.status for answer in got} == {200}
                assert (await orchestrator.ask("GET", path))[0] == 503
                for answer in got:
                    answer.close()
            await until(lambda path=path: room(orchestrator, path), 10, "room")  # type: ignore[misc]


async def room(orchestrator: Orchestrator, path: str) -> bool:
    async with orchestrator.session.get(orchestrator.url(path)) as answer:
        answer.close()
        return answer.status == 200


async def test_changes_are_told_as_they_happen_and_again_to_who_comes_back(
    orchestrator: Orchestrator,
) -> None:
    async with orchestrator.session.get(orchestrator.url("/v1/events")) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        await orchestrator.ask("POST", "/v1/streams", {"stream_id": "told"})
        first = await heard(answer, "told")
        assert (first["event"], first["what"]["state"]) == ("stream", "waiting")
        await orchestrator.ask("DELETE", "/v1/streams/told")
        gone = await heard(answer, "told", "deleted")
    headers = {"Last-Event-ID": first["id"]}
    async with orchestrator.session.get(orchestrator.url("/v1/events"), headers=headers) as answer:
        assert (await heard(answer, "told", "deleted"))["id"] == gone["id"]


async def test_a_workers_own_events_are_passed_on_also_those_of_its_successor(
    orchestrator: Orchestrator,
) -> None:
    await orchestrator.ready("passed")
    await orchestrator.until_stream("passed", phase="running")
    async with orchestrator.session.get(orchestrator.url("/v1/streams/passed/events")) as answer:
        first = await event(answer)
        await orchestrator.ask("POST", "/v1/streams/passed/restart")
        second = await event(answer)
    assert first["id"] != second["id"]


async def test_the_numbers_and_the_documentation_are_there(orchestrator: Orchestrator) -> None:
    _, page = await orchestrator.ask("GET", "/metrics")
    assert 'livedub_streams{state="dubbing"}' in page
    assert "livedub_worker_starts_total" in page
    _, told = await orchestrator.ask("GET", "/openapi.json")
    assert "/v1/streams/{stream_id}/mode" in told["paths"]
    assert (await orchestrator.ask("GET", "/healthz"))[1] == {"status": "ok"}


@pytest.mark.parametrize("field", ["path", "query", "sourceId", "sourceType"])
async def test_hooks_of_nonsense_are_refused_or_ignored_and_break_nothing(
    orchestrator: Orchestrator, field: str
) -> None:
    for nonsense in ("\ud800", "\0", "x" * 60_000, 5, None, ["live/a/in"]):
        body = {"path": "live/nonsense/in", "query": "", "sourceType": "", "sourceId": "a", field: nonsense}
        status, _ = await orchestrator.ask("POST", "/v1/mediamtx/events/ready", body)
        assert status in (200, 422)
    status, _ = await orchestrator.ask("POST", "/v1/nginx-rtmp/events", data=b"call=publish&\xff=%ff")
    assert status in (200, 422)
    assert (await orchestrator.ask("GET", "/readyz"))[0] == 200


@pytest.mark.parametrize("event", ["ready", "not-ready"])
@pytest.mark.parametrize("path", ["live/nonsense/in", "vod/x"])
async def test_a_source_that_nobody_can_see_is_refused_whatever_its_path(
    orchestrator: Orchestrator, event: str, path: str
) -> None:
    body = {"path": path, "query": "", "sourceType": "", "sourceId": "\u0084"}
    assert (await orchestrator.ask("POST", f"/v1/mediamtx/events/{event}", body))[0] == 422


async def test_nginx_rtmps_forms_are_understood(orchestrator: Orchestrator) -> None:
    async def hook(call: str, app: str, name: str, clientid: str = "7", **more: str) -> tuple[int, Any]:
        form = {"call": call, "app": app, "name": name, "clientid": clientid, "addr": "10.0.0.9", **more}
        return await orchestrator.ask("POST", "/v1/nginx-rtmp/events", data=form)

    assert await hook("publish", "live/nginx", "in", lang="pt") == (200, {"stream_id": "nginx", "news": True})
    found = await orchestrator.until_stream("nginx", phase="running", publishing=True)
    assert found["target_language"] == "pt"
    assert await hook("publish", "live/nginx", "out") == (200, {"stream_id": None, "news": False})
    assert (await hook("publish_done", "live/nginx", "in", "6"))[1]["news"] is False
    assert (await hook("publish_done", "live/nginx", "in"))[1]["news"] is True
    assert (await hook("publish", "live/nginx", "in"))[1]["news"] is True
    assert (await hook("done", "live/nginx", "in"))[1]["news"] is True
    assert (await hook("publish", "live/..", "in"))[0] == 422
    assert (await hook("play", "live/nginx", "in"))[1]["stream_id"] is None


async def heard(answer: aiohttp.ClientResponse, stream_id: str, name: str = "stream") -> dict[str, Any]:
    while True:
        found = await event(answer)
        if found["event"] == name and found["what"]["stream_id"] == stream_id:
            return found


async def event(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The next one, with its data's fields."""
    found: dict[str, Any] = {}
    async with asyncio.timeout(10):
        async for line in answer.content:
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if key in ("id", "event"):
                found[key] = value
            elif key == "data":
                return {**found, **json.loads(value)}
    raise EOFError
