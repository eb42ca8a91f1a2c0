"""A successor on the port of its predecessor: both ends of the line."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from media_service.handover.choice import Keyframe
from media_service.handover.line import Gone, Line, Refused, Silent
from media_service.handover.offer import Offer
from media_service.worker.http import serve

from worker_http.station import AGREEMENT, FakeStation

TOKEN = "hunter2-hunter2"
OFFER = Offer("9f", 12_000_000_000, (Keyframe("abc", 1_600_000_000),))
LIMIT_S = 5.0


@contextlib.asynccontextmanager
async def line(station: FakeStation, token: str | None = None) -> AsyncIterator[Line]:
    async with (
        serve(station, "127.0.0.1", 0, TOKEN) as port,
        Line(f"http://127.0.0.1:{port}/", token or TOKEN) as one,
    ):
        yield one


async def test_what_is_offered_arrives_and_so_does_the_answer() -> None:
    station = FakeStation()
    async with line(station) as one:
        assert await one.offer(OFFER) == AGREEMENT
        await one.confirm("9f")
        greeting = await one.greet()
    assert station.predecessor.offers == [OFFER]
    assert station.predecessor.confirmed == ["9f"]
    assert (greeting.sts_stream_id, greeting.phase) == (None, "steady")


async def test_the_end_of_the_output_is_told_when_it_is_there() -> None:
    station = FakeStation()
    async with line(station) as one:
        with pytest.raises(Silent):
            await one.left(0.05)
        asking = asyncio.create_task(one.left(LIMIT_S))
        await asyncio.sleep(0.05)
        assert not asking.done()
        station.predecessor.left.set()
        await asking


async def test_a_refusal_says_why() -> None:
    station = FakeStation()
    station.predecessor.unwilling = "another was promised the output"
    async with line(station) as one:
        with pytest.raises(Refused, match="another was promised"):
            await one.offer(OFFER)
        with pytest.raises(Refused, match="another was promised"):
            await one.confirm("9f")


async def test_without_the_token_nothing_is_handed_over() -> None:
    station = FakeStation()
    async with line(station, "another") as one:
        with pytest.raises(Refused, match="token"):
            await one.offer(OFFER)
    assert station.predecessor.offers == []


async def test_nobody_there_is_told_from_no_answer() -> None:
    async with serve(FakeStation(), "127.0.0.1", 0) as port:
        pass
    async with Line(f"http://127.0.0.1:{port}", None) as one:
        with pytest.raises(Gone):
            await one.greet()


@pytest.mark.parametrize("path", ["/v1/hand-over", "/v1/hand-over/confirm"])
async def test_a_web_page_may_not_end_a_stream_and_nonsense_does_not(path: str) -> None:
    station = FakeStation()
    async with serve(station, "127.0.0.1", 0) as port, aiohttp.ClientSession() as client:
        url = f"http://127.0.0.1:{port}{path}"
        page = await client.post(url, data=OFFER.to_json(), headers={"Origin": "http://evil.example"})
        nonsense = await client.post(url, data=b'{"keyframes": 7}')
        assert (page.status, nonsense.status) == (403, 422)
    assert station.predecessor.offers == []
    assert station.predecessor.confirmed == []
