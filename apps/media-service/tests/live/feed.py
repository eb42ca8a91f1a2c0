"""A worker's live events, as its port tells them."""

import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

Event = dict[str, Any]
"""The fields of one server-sent event; `event` is its name, `received_ns` (monotonic) when it came."""


async def read_events(
    session: aiohttp.ClientSession, url: str, into: list[Event], headers: Mapping[str, str] | None = None
) -> None:
    """All since the worker's start, until it ends."""
    # An id of no run: everything that is kept comes first.
    headers = {"Last-Event-ID": "none-0", **(headers or {})}
    with contextlib.suppress(aiohttp.ClientError):
        async with session.get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as response:
            name = ""
            async for line in response.content:
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    into.append({"event": name, "received_ns": time.monotonic_ns(), **json.loads(value)})
