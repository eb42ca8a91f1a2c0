"""The page and its files: under a strict policy, kept by their tags, and nothing else of this machine."""

import re

import aiohttp
import pytest
from media_service.page import STATIC

from orchestrator_process.process import Orchestrator
from orchestrator_process.stranger import Stranger


async def got(
    orchestrator: Orchestrator, path: str, method: str = "GET", **headers: str
) -> tuple[aiohttp.ClientResponse, bytes]:
    async with orchestrator.session.request(method, orchestrator.url(path), headers=headers) as answer:
        return answer, await answer.read()


async def test_the_page_is_its_index_and_everything_in_it_comes_from_here(orchestrator: Orchestrator) -> None:
    answer, body = await got(orchestrator, "/")
    assert (answer.status, body) == (200, (STATIC / "index.html").read_bytes())
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert not re.search(rb"""(?:src|href)=["']?(?:https?:)?//""", body)


@pytest.mark.parametrize("path", ["/", "/static/index.html", "/v1/streams", "/nothing", "/static/nothing.js"])
async def test_every_answer_is_closed_to_strange_code_frames_and_guesses(
    orchestrator: Orchestrator, path: str
) -> None:
    answer, _ = await got(orchestrator, path)
    policy = policy_of(answer)
    assert policy["default-src"] in (["'self'"], ["'none'"])
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    sources = {source for told in policy.values() for source in told}
    assert sources <= {"'self'", "'none'", "blob:", "data:"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_the_page_may_play_what_hls_js_makes_and_run_no_written_script(
    orchestrator: Orchestrator,
) -> None:
    policy = policy_of((await got(orchestrator, "/"))[0])
    assert "blob:" in policy["media-src"]
    assert "blob:" in policy["worker-src"]
    assert policy.get("script-src", policy["default-src"]) == ["'self'"]
    assert policy["object-src"] == ["'none'"]


def policy_of(answer: aiohttp.ClientResponse) -> dict[str, list[str]]:
    rules = [rule.split() for rule in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in rules}


async def test_a_file_that_has_not_changed_is_not_sent_again(orchestrator: Orchestrator) -> None:
    answer, body = await got(orchestrator, "/static/index.html")
    tag = answer.headers["ETag"]
    assert (answer.headers["Cache-Control"], bool(body)) == ("no-cache", True)
    for told in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer, body = await got(orchestrator, "/static/index.html", **{"If-None-Match": told})
        assert (answer.status, body, answer.headers["ETag"]) == (304, b"", tag)
    answer, body = await got(orchestrator, "/static/index.html", **{"If-None-Match": '"other"'})
    assert (answer.status, bool(body)) == (200, True)


async def test_head_tells_the_length_and_sends_nothing(orchestrator: Orchestrator) -> None:
    whole, body = await got(orchestrator, "/")
    answer, nothing = await got(orchestrator, "/", "HEAD")
    assert (answer.status, nothing) == (200, b"")
    assert answer.headers["Content-Length"] == whole.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/../__init__.py",
        "/static/%2e%2e/__init__.py",
        "/static/..%2f__init__.py",
        "/static/.%2e/__init__.py",
        "/static/..\\__init__.py",
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/js",
        "/static/index.html/",
        "/static/index.html%00",
        "/static/%c0%ae%c0%ae/__init__.py",
        "/static/" + "a/" * 50 + "b",
        "/static/" + "a" * 5000,
    ],
)
async def test_nothing_outside_the_folder_is_found(orchestrator: Orchestrator, path: str) -> None:
    status, body = await Stranger(orchestrator.port).get(path)
    assert status == 404
    assert b'"status":404' in body


async def test_the_documentation_needs_nothing_from_the_internet(orchestrator: Orchestrator) -> None:
    answer, body = await got(orchestrator, "/docs")
    if not (STATIC / "vendor/swagger-ui/swagger-ui-bundle.js").exists():
        # It was not built with the page; then the document itself is told.
        assert answer.url.path == "/openapi.json"
        return
    shown = re.findall(rb'(?:src|href)="([^"]+)"', body)
    assert {b"/docs/start.js", b"/static/vendor/swagger-ui/swagger-ui-bundle.js"} < set(shown)
    for path in shown:
        answer, _ = await got(orchestrator, path.decode())
        assert answer.status == 200


async def test_the_documentations_start_names_the_document(orchestrator: Orchestrator) -> None:
    answer, body = await got(orchestrator, "/docs/start.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert b'"/openapi.json"' in body
    assert b"http" not in body
