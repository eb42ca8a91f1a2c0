"""Asks the source's servers. Each address is checked once it is known, and no other is opened."""

import contextlib
import socket
from collections.abc import AsyncIterator

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from media_service.config.reach import LedAstray, Reach

CONNECT_S = 5.0
SILENCE_S = 10.0
"""A server that sends nothing for so long is given up."""
MOST_REDIRECTS = 5
MOST_AT_ONCE = 16
_AGAIN_ELSEWHERE = (301, 302, 303, 307, 308)


class _Checked(AbstractResolver):
    """Names lead to what may be reached only, whatever their servers say, and say later."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._real = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._real.resolve(host, port, family)
        fit = self._reach.allowed(host, [one["host"] for one in found])
        return [one for one in found if one["host"] in fit]

    async def close(self) -> None:
        await self._real.close()


class Fetcher:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_Checked(reach), limit=MOST_AT_ONCE, family=socket.AF_UNSPEC
            ),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S),
            headers={"User-Agent": "livedub"},
            max_line_size=16_384,
        )

    async def close(self) -> None:
        await self._client.close()

    @contextlib.asynccontextmanager
    async def get(self, url: str, part: str | None) -> AsyncIterator[aiohttp.ClientResponse]:
        """`part`: a `Range`. Raises `LedAstray`, and aiohttp's own where there is no answer."""
        async with contextlib.AsyncExitStack() as stack:
            asked = _url(url)
            for _ in range(MOST_REDIRECTS + 1):
                self._check(asked)
                headers = {"Range": part} if part else {}
                answer = await stack.enter_async_context(
                    self._client.get(asked, headers=headers, allow_redirects=False)
                )
                if answer.status not in _AGAIN_ELSEWHERE or "Location" not in answer.headers:
                    yield answer
                    return
                asked = _joined(answer.url, answer.headers["Location"])
                answer.release()
            raise LedAstray("the source's server sends us on and on")

    def _check(self, url: URL) -> None:
        if url.scheme not in ("http", "https") or not url.host:
            raise LedAstray(f"it leads to {url.scheme[:12] or 'no'}://, and http(s) only is allowed")
        self._reach.check_literal(url.host)


def _url(text: str) -> URL:
    try:
        return URL(text)
    except ValueError:
        raise LedAstray("it names what is no URL") from None


def _joined(base: URL, location: str) -> URL:
    return base.join(_url(location))
