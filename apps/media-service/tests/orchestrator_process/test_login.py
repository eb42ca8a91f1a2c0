"""The page's login: a cookie that opens the API, for the page alone, and tells nobody the token."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from media_service.orchestrator.login.door import LOGINS_AT_ONCE, TOKENS_AT_ONCE

from orchestrator_process.process import Orchestrator
from orchestrator_process.stranger import Stranger
from orchestrator_process.test_api import event

TOKEN = "operators-token-é"
OPEN = ["/", "/static/index.html", "/v1/session", "/healthz", "/readyz"]
CLOSED = [
    "/v1/streams",
    "/v1/events",
    "/v1/speech",
    "/v1/actions",
    "/v1/streams/a/metrics",
    "/preview/a/input/index.m3u8",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/nothing",
    "//",
    "/static",
    "/login/x",
    "/STATIC/index.html",
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    folder: Path = tmp_path_factory.mktemp("orchestrator")
    with Orchestrator(folder, token=TOKEN, host="0.0.0.0").shared() as orchestrator:
        orchestrator.tell_workers()
        yield orchestrator


@pytest.fixture
async def guarded(shared: Orchestrator) -> AsyncIterator[Orchestrator]:
    async with shared.asked():
        yield shared


@pytest.fixture
async def mary(guarded: Orchestrator) -> dict[str, str]:
    """The headers of somebody who is logged in, on the page."""
    return {"Cookie": await logged_in(guarded), "Origin": guarded.url("")}


async def logged_in(orchestrator: Orchestrator, name: str | None = "mary", **headers: str) -> str:
    """The cookie, as a browser sends it back."""
    status, told = await login(orchestrator, {"token": TOKEN, "name": name}, headers)
    assert status == 204
    return told["Set-Cookie"].partition(";")[0]


async def login(
    orchestrator: Orchestrator, body: Any, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str]]:
    """The status, and the answer's headers."""
    url = orchestrator.url("/login")
    async with orchestrator.session.post(url, json=body, headers=headers) as answer:
        assert TOKEN not in await answer.text() + str(answer.headers)
        return answer.status, dict(answer.headers)


@pytest.mark.parametrize("path", OPEN)
async def test_the_page_and_what_it_logs_in_with_are_open(guarded: Orchestrator, path: str) -> None:
    assert (await guarded.ask("GET", path))[0] == 200


@pytest.mark.parametrize("path", CLOSED)
async def test_all_else_is_not(guarded: Orchestrator, path: str) -> None:
    assert (await guarded.ask("GET", path))[0] == 401


@pytest.mark.parametrize("path", ["/static/../v1/streams", "/static/..%2fv1/streams", "/./v1/streams"])
async def test_no_way_around_leads_through_what_is_open(guarded: Orchestrator, path: str) -> None:
    status, body = await Stranger(guarded.port).get(path)
    assert status in (401, 404)
    assert b"streams" not in body


async def test_a_login_opens_the_api_and_its_name_is_who_did_it(
    guarded: Orchestrator, mary: dict[str, str]
) -> None:
    _, told = await guarded.ask("GET", "/v1/session", headers=mary)
    assert told == {"login_needed": True, "logged_in": True, "name": "mary"}
    new = {"stream_id": "logged-in"}
    status, _ = await guarded.ask("POST", "/v1/streams", new, headers={**mary, "X-Operator": "joe"})
    assert status == 201
    _, told = await guarded.ask("GET", "/v1/actions?stream_id=logged-in", headers=mary)
    assert [(one["who"], one["what"]) for one in told["actions"]] == [("mary", "add")]
    async with guarded.session.get(guarded.url("/v1/events"), headers=mary) as answer:
        assert answer.status == 200
    assert (await guarded.ask("GET", "/preview/logged-in/input/index.m3u8", headers=mary))[0] == 404


async def test_where_the_session_has_no_name_the_header_says_who(guarded: Orchestrator) -> None:
    headers = {"Cookie": await logged_in(guarded, None), "Origin": guarded.url("")}
    assert (await guarded.ask("GET", "/v1/session", headers=headers))[1]["name"] is None
    for who, stream_id in (("joe", "nameless-1"), (None, "nameless-2")):
        more = {"X-Operator": who} if who else {}
        await guarded.ask("POST", "/v1/streams", {"stream_id": stream_id}, headers={**headers, **more})
        _, told = await guarded.ask("GET", f"/v1/actions?stream_id={stream_id}", headers=headers)
        assert [one["who"] for one in told["actions"]] == [who or "api"]


async def test_without_one_the_session_says_so(guarded: Orchestrator) -> None:
    _, told = await guarded.ask("GET", "/v1/session")
    assert told == {"login_needed": True, "logged_in": False, "name": None}


async def test_the_cookie_is_for_no_script_and_no_other_site_and_holds_no_token(
    guarded: Orchestrator,
) -> None:
    _, told = await login(guarded, {"token": TOKEN})
    value, *rules = told["Set-Cookie"].split("; ")
    assert value.startswith("livedub_session=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} < set(rules)
    assert "Secure" not in rules
    assert told["Cache-Control"] == "no-store"
    _, told = await login(guarded, {"token": TOKEN}, {"X-Forwarded-Proto": "https"})
    assert "Secure" in told["Set-Cookie"].split("; ")


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://[", "file://", ""])
async def test_by_cookie_only_the_page_itself_may_change_anything(
    guarded: Orchestrator, mary: dict[str, str], origin: str | None
) -> None:
    headers = {"Cookie": mary["Cookie"], **({} if origin is None else {"Origin": origin})}
    status, _ = await guarded.ask("POST", "/v1/streams", {"stream_id": "forged"}, headers=headers)
    assert status == 403
    assert (await guarded.ask("GET", "/v1/streams/forged", headers=headers))[0] == 404
    if origin:
        assert (await guarded.ask("POST", "/logout", headers=headers))[0] == 403
        assert (await guarded.ask("POST", "/login", {"token": TOKEN}, headers=headers))[0] == 403
    assert (await guarded.ask("GET", "/v1/session", headers=headers))[1]["logged_in"] is True


async def test_the_cookie_is_good_for_no_hook(guarded: Orchestrator, mary: dict[str, str]) -> None:
    body = {"path": "live/a/in", "query": "", "sourceType": "", "sourceId": "a"}
    assert (await guarded.ask("POST", "/v1/mediamtx/events/ready", body, headers=mary))[0] == 401


async def test_a_wrong_token_is_a_wrong_token_also_beside_a_session(
    guarded: Orchestrator, mary: dict[str, str]
) -> None:
    headers = {**mary, "Authorization": "Bearer wrong"}
    assert (await guarded.ask("GET", "/v1/streams", headers=headers))[0] == 401


async def test_a_session_that_somebody_else_has_set_is_not_taken_over_by_a_login(
    guarded: Orchestrator,
) -> None:
    known = await logged_in(guarded, "mallory")
    fresh = await logged_in(guarded, "mary", Cookie=known)
    assert fresh != known
    _, told = await guarded.ask("GET", "/v1/session", headers={"Cookie": known})
    assert told["name"] == "mallory"
    made_up = "livedub_session=made-up"
    fresh = await logged_in(guarded, "mary", Cookie=made_up)
    assert "made-up" not in fresh
    assert (await guarded.ask("GET", "/v1/streams", headers={"Cookie": made_up}))[0] == 401


async def test_a_logout_ends_the_session_for_whoever_has_its_cookie(
    guarded: Orchestrator, mary: dict[str, str]
) -> None:
    other = {"Cookie": await logged_in(guarded)}
    async with guarded.session.post(guarded.url("/logout"), headers=mary) as answer:
        assert answer.status == 204
        assert answer.headers["Set-Cookie"].startswith("livedub_session=; Max-Age=0;")
    assert (await guarded.ask("GET", "/v1/streams", headers=mary))[0] == 401
    assert (await guarded.ask("GET", "/v1/streams", headers=other))[0] == 200


async def test_a_logout_hangs_up_on_the_events_of_its_session_and_of_no_other(
    guarded: Orchestrator, mary: dict[str, str]
) -> None:
    other, events = {"Cookie": await logged_in(guarded)}, guarded.url("/v1/events")
    async with (
        guarded.session.get(events, headers=mary) as hers,
        guarded.session.get(events, headers=other) as his,
    ):
        assert (hers.status, his.status) == (200, 200)
        assert (await guarded.ask("POST", "/logout", headers=mary))[0] == 204
        with contextlib.suppress(aiohttp.ClientPayloadError):
            async with asyncio.timeout(10):
                await hers.read()
        await guarded.ask("POST", "/v1/streams", {"stream_id": "heard"}, headers={**other, **page(guarded)})
        assert (await event(his))["what"]["stream_id"] == "heard"


def page(orchestrator: Orchestrator) -> dict[str, str]:
    return {"Origin": orchestrator.url("")}


@pytest.mark.parametrize("body", [{}, [], {"token": 5}, {"token": ""}, {"token": "x" * 2000}, {"tokn": "x"}])
async def test_what_is_no_login_is_a_problem_that_repeats_nothing(guarded: Orchestrator, body: Any) -> None:
    status, told = await guarded.ask("POST", "/login", body)
    assert (status, told["status"]) == (422, 422)
    assert "xxx" not in json.dumps(told)


async def test_a_form_of_another_site_is_no_login(guarded: Orchestrator) -> None:
    url, body = guarded.url("/login"), json.dumps({"token": TOKEN})
    async with guarded.session.post(url, data=body, headers={"Content-Type": "text/plain"}) as answer:
        assert answer.status == 422


async def test_guessing_is_slowed_by_address_and_those_who_are_in_stay_in(
    guarded: Orchestrator, mary: dict[str, str]
) -> None:
    guesser = Stranger(guarded.port, "127.0.0.77")
    body = json.dumps({"token": "wrong"}).encode()
    statuses = [(await guesser.post("/login", body))[0] for _ in range(LOGINS_AT_ONCE + 2)]
    assert statuses == [401] * LOGINS_AT_ONCE + [429] * 2
    right = json.dumps({"token": TOKEN}).encode()
    assert (await guesser.post("/login", right))[0] == 429
    assert (await guarded.ask("GET", "/v1/streams", headers=mary))[0] == 200
    assert (await login(guarded, {"token": TOKEN}))[0] == 204


async def test_so_is_guessing_by_bearer(guarded: Orchestrator) -> None:
    guesser = Stranger(guarded.port, "127.0.0.78")
    statuses = [
        (await guesser.get("/v1/streams", {"Authorization": f"Bearer {number}"}))[0]
        for number in range(TOKENS_AT_ONCE + 20)
    ]
    assert statuses[:TOKENS_AT_ONCE] == [401] * TOKENS_AT_ONCE
    assert 429 in statuses[TOKENS_AT_ONCE:]
    status, _ = await guarded.ask("GET", "/v1/streams", headers={"Authorization": f"Bearer {TOKEN}"})
    assert status == 200


@pytest.mark.parametrize("path", ["/", "/static/index.html", "/v1/session"])
async def test_no_page_shows_the_token(guarded: Orchestrator, mary: dict[str, str], path: str) -> None:
    async with guarded.session.get(guarded.url(path), headers=mary) as answer:
        assert TOKEN not in await answer.text() + str(answer.headers)


@pytest.mark.slow
async def test_a_session_dies_with_a_changed_token_and_lives_through_a_restart(tmp_path: Path) -> None:
    headers: dict[str, str] = {}
    for token, status in (("token-1", 200), ("token-1", 200), ("token-2", 401)):
        async with Orchestrator(tmp_path, token=token) as orchestrator:
            if not headers:
                _, told = await login(orchestrator, {"token": token})
                headers["Cookie"] = told["Set-Cookie"].partition(";")[0]
            assert (await orchestrator.ask("GET", "/v1/streams", headers=headers))[0] == status


async def test_where_no_token_is_set_nobody_needs_to_log_in(tmp_path: Path) -> None:
    async with Orchestrator(tmp_path) as orchestrator:
        _, told = await orchestrator.ask("GET", "/v1/session")
        assert told == {"login_needed": False, "logged_in": False, "name": None}
        assert (await orchestrator.ask("POST", "/login", {"token": "any"}))[0] == 409
        assert (await orchestrator.ask("POST", "/logout"))[0] == 204


async def test_neither_token_nor_cookie_is_in_the_log(
    guarded: Orchestrator, mary: dict[str, str], shared: Orchestrator
) -> None:
    await guarded.ask("GET", f"/v1/streams?token={TOKEN}", headers=mary)
    await login(guarded, {"token": TOKEN + "-almost"})
    log = shared.program.output()
    assert '"login"' in log
    assert "a login with a wrong token" in log
    for secret in (TOKEN, json.dumps(TOKEN)[1:-1], mary["Cookie"].partition("=")[2], "almost"):
        assert secret not in log
