"""Asks MediaMTX which paths are ready: `GET /v3/paths/list`, page by page."""

from typing import Any

import aiohttp
import orjson

from media_service.orchestrator.wanted.reconcile import Listed

ASK_S = 5.0
PAGE = 500
MOST_PAGES = 20


class ListUnknown(Exception):
    """MediaMTX does not tell; the message says why, without a key."""


class MediaMtx:
    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        """`url`: of the API, e.g. http://127.0.0.1:9997, with user and password where it wants them."""
        self._url = url.rstrip("/")
        self._client = client

    async def ready_paths(self) -> list[Listed]:
        """All of them, or `ListUnknown`: half a list would end streams that are on air."""
        found: dict[str, Listed] = {}
        for page in range(MOST_PAGES):
            told = await self._page(page)
            items, pages = told.get("items"), told.get("pageCount")
            if not isinstance(items, list) or not isinstance(pages, int):
                raise ListUnknown("its answer is not a list of paths")
            for item in items:
                listed = _listed(item)
                if listed is not None:
                    found[listed.path] = listed
            if page + 1 >= pages:
                return list(found.values())
        raise ListUnknown(f"it has over {MOST_PAGES * PAGE} paths")

    async def _page(self, page: int) -> dict[str, Any]:
        try:
            async with self._client.get(
                f"{self._url}/v3/paths/list",
                params={"page": str(page), "itemsPerPage": str(PAGE)},
                timeout=aiohttp.ClientTimeout(total=ASK_S),
                allow_redirects=False,
            ) as answer:
                if answer.status != 200:
                    raise ListUnknown(f"it answers {answer.status}")
                told = orjson.loads(await answer.read())
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ListUnknown(f"it does not answer ({type(error).__name__})") from None
        except orjson.JSONDecodeError:
            raise ListUnknown("its answer is not JSON") from None
        if not isinstance(told, dict):
            raise ListUnknown("its answer is not a list of paths")
        return told


def _listed(item: Any) -> Listed | None:
    """None for a path that nobody publishes to."""
    if not isinstance(item, dict) or item.get("ready") is not True or not isinstance(item.get("name"), str):
        return None
    source = item.get("source")
    given = source.get("id") if isinstance(source, dict) else None
    return Listed(item["name"], given if isinstance(given, str) and given.isprintable() else "")
