"""With a token, nothing but health is told or done without it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator_process.process import Orchestrator

TOKEN, HOOKS = "operators-token", "hooks-token"
READY = {"path": "vod/x", "query": "", "sourceType": "", "sourceId": "a"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchestrator]:
    folder: Path = tmp_path_factory.mktemp("orchestrator")
    # All addresses: only with a token it may.
    with Orchestrator(folder, token=TOKEN, hook_token=HOOKS, host="0.0.0.0").shared() as orchestrator:
        yield orchestrator


@pytest.fixture
async def guarded(shared: Orchestrator) -> AsyncIterator[Orchestrator]:
    async with shared.asked():
        yield shared


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    "path", ["/v1/streams", "/v1/events", "/metrics", "/docs", "/openapi.json", "/nothing"]
)
@pytest.mark.parametrize("given", [None, "", "operators-toke", "operators-token2", HOOKS, "ä"])
async def test_a_wrong_token_opens_nothing(guarded: Orchestrator, path: str, given: str | None) -> None:
    headers = {} if given is None else bearer(given)
    status, told = await guarded.ask("GET", path, headers=headers)
    assert (status, told["status"]) == (401, 401)


async def test_the_right_one_does(guarded: Orchestrator) -> None:
    assert (await guarded.ask("GET", "/v1/streams", headers=bearer(TOKEN)))[0] == 200
    assert (await guarded.ask("GET", "/healthz"))[0] == 200


async def test_the_hooks_token_is_good_for_hooks_and_in_a_query_for_nginx_alone(
    guarded: Orchestrator,
) -> None:
    mediamtx, nginx = "/v1/mediamtx/events/ready", "/v1/nginx-rtmp/events"
    form = {"call": "play"}
    assert (await guarded.ask("POST", mediamtx, READY))[0] == 401
    assert (await guarded.ask("POST", mediamtx, READY, headers=bearer(HOOKS)))[0] == 200
    assert (await guarded.ask("POST", mediamtx, READY, headers=bearer(TOKEN)))[0] == 200
    assert (await guarded.ask("POST", f"{mediamtx}?token={HOOKS}", READY))[0] == 401
    assert (await guarded.ask("POST", nginx, data=form))[0] == 401
    assert (await guarded.ask("POST", f"{nginx}?token={HOOKS}", data=form))[0] == 200
    assert (await guarded.ask("GET", f"/v1/streams?token={TOKEN}"))[0] == 401


def test_no_token_is_in_the_log(shared: Orchestrator) -> None:
    assert TOKEN not in shared.program.output()
    assert HOOKS not in shared.program.output()
