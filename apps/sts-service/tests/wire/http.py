"""The plain HTTP side of a service, and Prometheus text read into numbers."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


async def request(url: str, method: str = "GET", body: bytes | None = None) -> Answer:
    timeout = aiohttp.ClientTimeout(total=5)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.request(method, url, data=body) as got,
    ):
        return Answer(got.status, dict(got.headers), await got.text())


async def samples(url: str) -> dict[str, float]:
    """Every sample of `/metrics`, by name with its labels sorted: `name{a="1",b="2"}`."""
    text = (await request(f"{url}/metrics")).text
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[_sorted_labels(name)] = float(value)
    return found


async def stream_series(url: str, stream_id: str) -> list[str]:
    """The samples labelled with this stream."""
    return [name for name in await samples(url) if f'stream_id="{stream_id}"' in name]


async def stream_is_gone(url: str, stream_id: str) -> None:
    """Waits until no sample is labelled with this stream."""
    for _ in range(100):
        remaining = await stream_series(url, stream_id)
        if not remaining:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"series of {stream_id} are still there: {remaining[:3]}")


async def no_streams(url: str) -> None:
    """Waits until the service has no stream open."""
    for _ in range(100):
        active = (await samples(url))["sts_active_streams"]
        if not active:
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"{active} streams are still open")


def _sorted_labels(name: str) -> str:
    bare, brace, labels = name.partition("{")
    if not brace:
        return name
    return bare + "{" + ",".join(sorted(re.findall(r'\w+="(?:[^"\\]|\\.)*"', labels))) + "}"
