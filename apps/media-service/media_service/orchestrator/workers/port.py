"""A worker's own port, asked: where it stands, the switch, its events. Every wait is bounded."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson

from media_service.metrics.worker import Mode
from media_service.orchestrator.errors import WorkerSilent

ASK_S = 3.0
QUIET_S = 45.0
"""A line of events on which so long nothing came, no heartbeat either, is dead."""
MOST_CONNECTIONS = 512


class Ports:
    """Of all workers; one client for the orchestrator's life."""

    def __init__(self) -> None:
        self._client: aiohttp.ClientSession | None = None

    def open(self) -> None:
        self._client = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=ASK_S),
            connector=aiohttp.TCPConnector(limit=MOST_CONNECTIONS),
            trust_env=False,
        )

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def status(self, port: int, token: str) -> dict[str, Any]:
        """Raises `WorkerSilent`."""
        # Asked all the time, on one connection.
        return await self._ask("GET", port, "/v1/status", token, stays=True)

    async def metrics(self, port: int, token: str) -> bytes:
        """As the worker tells them. Raises `WorkerSilent`."""
        return await self._answer("GET", port, "/metrics", token)

    async def set_mode(self, port: int, token: str, mode: Mode, who: str) -> None:
        """Raises `WorkerSilent`."""
        # A header is latin-1; a name need not be.
        shown = who.encode("latin-1", "replace").decode("latin-1")
        await self._ask("POST", port, "/v1/mode", token, body={"mode": mode}, headers={"X-Operator": shown})

    @asynccontextmanager
    async def events(self, port: int, token: str, last_id: str | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """As the worker writes them. Raises `WorkerSilent`."""
        headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": last_id} if last_id else {})}
        quiet = aiohttp.ClientTimeout(total=None, connect=ASK_S, sock_read=QUIET_S)
        try:
            async with self._session().get(
                f"http://127.0.0.1:{port}/v1/events", headers=headers, timeout=quiet
            ) as answer:
                if answer.status != 200:
                    raise WorkerSilent(f"the worker answers {answer.status}")
                yield _pieces(answer)
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise WorkerSilent("the worker does not answer") from None

    async def _ask(
        self,
        method: str,
        port: int,
        path: str,
        token: str,
        *,
        body: object = None,
        headers: dict[str, str] | None = None,
        stays: bool = False,
    ) -> dict[str, Any]:
        try:
            answer = await self._answer(method, port, path, token, body=body, headers=headers, stays=stays)
            told = orjson.loads(answer)
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict):
            raise WorkerSilent("the worker's answer makes no sense")
        return told

    async def _answer(
        self,
        method: str,
        port: int,
        path: str,
        token: str,
        *,
        body: object = None,
        headers: dict[str, str] | None = None,
        stays: bool = False,
    ) -> bytes:
        """The pool takes its connections in turn: one that was needed for a moment, while two asked at once,
        would be kept for ever by what is asked all the time. So only what `stays` leaves its own to others.
        """
        ends = {} if stays else {"Connection": "close"}
        try:
            async with self._session().request(
                method,
                f"http://127.0.0.1:{port}{path}",
                data=None if body is None else orjson.dumps(body),
                headers={"Authorization": f"Bearer {token}", **ends, **(headers or {})},
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise WorkerSilent(f"the worker answers {answer.status}")
                return await answer.read()
        except (TimeoutError, aiohttp.ClientError, OSError):
            raise WorkerSilent("the worker does not answer") from None

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            raise WorkerSilent("the orchestrator is ending")
        return self._client


async def _pieces(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.content.iter_any():
            yield piece
    except (TimeoutError, aiohttp.ClientError, OSError):
        return
