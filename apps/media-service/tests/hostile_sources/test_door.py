"""The port that stands for a source's servers opens nothing that the source may not lead to."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from media_service.config.reach import Internal, Reach
from media_service.playlist import door as doors
from media_service.playlist.door import Door
from media_service.playlist.rewriting import MOST_ADDRESSES

from hostile_sources.house import INSIDE, OUTSIDE, Site, moved, playlist, site

LIMIT_S = 20.0


@pytest.fixture
async def outside() -> AsyncIterator[Site]:
    async with site(OUTSIDE) as made:
        yield made


@pytest.fixture
async def inside() -> AsyncIterator[Site]:
    async with site(INSIDE, {"/secret": b"secret", "/a.m3u8": playlist("/secret")}) as made:
        yield made


@contextlib.asynccontextmanager
async def opened(url: str, internal: Internal = "same-host") -> AsyncIterator[tuple[Door, str]]:
    door = Door(url, Reach(url, internal))
    try:
        yield door, await asyncio.to_thread(door.open)
    finally:
        await asyncio.to_thread(door.close)


async def get(url: str) -> tuple[int, bytes]:
    async with asyncio.timeout(LIMIT_S), aiohttp.ClientSession() as client, client.get(url) as answer:
        return answer.status, await answer.read()


async def first_of(url: str) -> tuple[int, bytes]:
    """Of what the playlist names, its first segment, as the door gives it."""
    status, body = await get(url)
    assert status == 200, status
    lines = body.decode().splitlines()
    return await get(next(line for line in lines if line and not line.startswith("#")))


async def test_what_a_playlist_names_beside_itself_comes_through(outside: Site) -> None:
    outside.pages |= {"/live/a.m3u8": playlist("b.ts", "../c.ts?token=t"), "/live/b.ts": b"segment" * 50_000}
    async with opened(f"{outside.url}/live/a.m3u8") as (door, url):
        _, body = await get(url)
        assert b"token" not in body
        assert await first_of(url) == (200, b"segment" * 50_000)
        assert door.astray is None


async def test_a_redirect_within_the_host_is_followed_and_is_the_new_base(outside: Site) -> None:
    outside.pages |= {"/a.m3u8": moved("/deep/er/b.m3u8"), "/deep/er/b.m3u8": playlist("c.ts")}
    outside.pages["/deep/er/c.ts"] = b"segment"
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        assert await first_of(url) == (200, b"segment")


async def test_an_internal_server_is_not_asked_for_a_segment(outside: Site, inside: Site) -> None:
    outside.pages["/a.m3u8"] = playlist(f"{inside.url}/secret")
    async with opened(f"{outside.url}/a.m3u8") as (door, url):
        assert await first_of(url) == (403, b"")
        assert door.astray is not None
        assert "internal" in door.astray
    assert inside.asked == []


@pytest.mark.parametrize("where", ["/a.m3u8", "/b.ts"])
async def test_nor_by_a_redirect(outside: Site, inside: Site, where: str) -> None:
    outside.pages |= {"/a.m3u8": playlist("b.ts"), where: moved(f"{inside.url}/a.m3u8")}
    async with opened(f"{outside.url}/a.m3u8") as (door, url):
        status, body = await (get(url) if where == "/a.m3u8" else first_of(url))
        assert (status, body) == (403, b"")
        assert door.astray is not None
    assert inside.asked == []


@pytest.mark.parametrize("host", ["127.2", "0x7f.0.0.2", "2130706434", "[::ffff:127.0.0.2]", "127.0.0.2."])
async def test_nor_under_another_spelling(outside: Site, inside: Site, host: str) -> None:
    port = inside.url.rpartition(":")[2]
    outside.pages["/a.m3u8"] = playlist(f"http://{host}:{port}/secret")
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        status, body = await first_of(url)
        assert status in (403, 502)
        assert body == b""
    assert inside.asked == []


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd", "ftp://127.0.0.1/a", "data:,a", "rtsp://127.0.0.1/a", "gopher://127.0.0.1/_a"],
)
async def test_no_file_and_no_other_scheme_is_opened(outside: Site, address: str) -> None:
    outside.pages["/a.m3u8"] = playlist(address)
    outside.pages["/b.m3u8"] = moved(address)
    for page in ("/a.m3u8", "/b.m3u8"):
        async with opened(outside.url + page) as (door, url):
            status, body = await (first_of(url) if page == "/a.m3u8" else get(url))
            assert (status, body) == (403, b"")
            assert door.astray is not None
            assert "http(s) only" in door.astray


async def test_a_key_is_an_address_like_others(outside: Site, inside: Site) -> None:
    outside.pages["/a.m3u8"] = playlist("b.ts", key=f"{inside.url}/secret")
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        body = (await get(url))[1].decode()
        key = body.partition('URI="')[2].partition('"')[0]
        assert inside.url not in body
        assert await get(key) == (403, b"")
    assert inside.asked == []


async def test_where_all_is_allowed_an_internal_server_is_asked(outside: Site, inside: Site) -> None:
    outside.pages["/a.m3u8"] = playlist(f"{inside.url}/secret")
    async with opened(f"{outside.url}/a.m3u8", "any") as (door, url):
        assert await first_of(url) == (200, b"secret")
        assert door.astray is None


async def test_where_none_is_allowed_the_input_s_own_host_is_not_asked_either(inside: Site) -> None:
    async with opened(f"{inside.url}/a.m3u8", "none") as (_, url):
        assert await get(url) == (403, b"")
    assert inside.asked == []


async def test_variants_that_lead_to_variants_end(outside: Site) -> None:
    outside.pages["/a.m3u8"] = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n"
    async with opened(f"{outside.url}/a.m3u8") as (door, url):
        assert await first_of(url) == (403, b"")
        assert door.astray is not None
        assert "one to the next" in door.astray


async def test_redirects_without_an_end_end(outside: Site) -> None:
    outside.pages["/a.m3u8"] = moved("/a.m3u8")
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        assert await get(url) == (403, b"")
    assert len(outside.asked) < 10


async def test_a_playlist_without_an_end_is_left(outside: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "MOST_BYTES", 1_000_000)

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"#" * 65_536)
        return response

    outside.pages["/a.m3u8"] = endless
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        assert await get(url) == (403, b"")


async def test_a_playlist_that_never_comes_is_left(outside: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "LIST_S", 0.3)

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"#")
                await asyncio.sleep(0.05)
        return response

    outside.pages["/a.m3u8"] = slow
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        assert await get(url) == (502, b"")


@pytest.mark.parametrize("page", [b"", b"\x47" * 188, b"<MPD/>", b"v=0\r\n", b"http://127.0.0.2/a"])
async def test_what_is_no_playlist_is_none(outside: Site, page: bytes) -> None:
    outside.pages["/a.m3u8"] = page
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        assert await get(url) == (403, b"")


async def test_too_many_addresses_are_refused(outside: Site) -> None:
    outside.pages["/a.m3u8"] = playlist(*["a.ts"] * (MOST_ADDRESSES + 1))
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        assert await get(url) == (403, b"")


async def test_nobody_reads_a_source_by_guessing(outside: Site) -> None:
    outside.pages["/a.m3u8"] = playlist("b.ts")
    async with opened(f"{outside.url}/a.m3u8") as (_, url):
        base = url.partition("//")[0] + "//" + url.split("/")[2]
        for guess in ("/", "/0.m3u8", "//0", f"/{'a' * 22}/0.m3u8", url[len(base) :].replace("0.m3u8", "x")):
            assert (await get(base + guess))[0] == 404
    assert outside.asked == []


async def test_a_door_that_is_closed_leaves_no_thread_and_no_port(outside: Site) -> None:
    async with opened(f"{outside.url}/a.m3u8") as (door, url):
        await get(url)
    assert not door._thread.is_alive()
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(url)
