"""A preview is fetched as a player would, and dated as its playlist says."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from livedub.demo import watching
from livedub.demo.measuring import ahead_s, apart_ms, decoded, measure
from livedub.demo.playlist import Piece, Playlist, parse
from livedub.demo.watching import Viewer

from demo_checks.recordings import babble, recording

BEGUN = 1_800_000_000.0


async def until(ready: Callable[[], bool]) -> None:
    while not ready():  # noqa: ASYNC110 - what is looked at tells nobody
        await asyncio.sleep(0.01)


def playlist(first: int, count: int, *, duration_s: float = 2.0, dated: bool = True) -> str:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2", f"#EXT-X-MEDIA-SEQUENCE:{first}"]
    for number in range(first, first + count):
        date = datetime.fromtimestamp(BEGUN + number * duration_s, UTC).isoformat(timespec="milliseconds")
        lines += [f"#EXT-X-PROGRAM-DATE-TIME:{date}"] if dated else []
        lines += [f"#EXTINF:{duration_s:.3f},", f"{number}.ts"]
    return "\n".join(lines) + "\n"


@given(st.integers(0, 10_000), st.integers(0, 30), st.floats(0.5, 6.0), st.booleans())
def test_a_playlist_is_read_whole(first: int, count: int, duration_s: float, dated: bool) -> None:
    found = parse(playlist(first, count, duration_s=duration_s, dated=dated))
    assert found is not None
    assert found.sequence == first
    assert [piece.name for piece in found.pieces] == [f"{n}.ts" for n in range(first, first + count)]
    for number, piece in enumerate(found.pieces, first):
        assert piece.duration_s == pytest.approx(duration_s, abs=1e-3)
        at = pytest.approx(BEGUN + number * duration_s, abs=2e-3) if dated else None
        assert piece.date_unix_s == at


@given(st.text())
def test_what_is_no_playlist_is_told_from_one(text: str) -> None:
    found = parse(text)
    assert found is None or isinstance(found, Playlist)
    assert parse("<html>" + text) is None


async def test_every_piece_is_fetched_once_and_what_is_missing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "ASKED_EVERY_S", 0.01)
    shown, asked = [0, 3], []

    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "index.m3u8":
            return web.Response(text=playlist(*shown))
        asked.append(name)
        return web.Response(status=404) if name == "4.ts" else web.Response(body=name.encode() * 3)

    app = web.Application()
    app.router.add_get("/preview/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    viewer = Viewer(f"http://127.0.0.1:{port}/preview/index.m3u8", tmp_path / "all.ts")
    watching_ = asyncio.create_task(viewer.watch())
    try:
        async with asyncio.timeout(10):
            await until(lambda: len(viewer.pieces) == 3)
            shown[:] = [2, 4]
            await until(lambda: len(viewer.pieces) == 5)
    finally:
        watching_.cancel()
        await asyncio.gather(watching_, return_exceptions=True)
        await runner.cleanup()
    assert asked == ["0.ts", "1.ts", "2.ts", "3.ts", "4.ts", "5.ts"]
    assert viewer.failures == ["4.ts"]
    assert [(piece.name, start) for piece, start in viewer.pieces] == [
        (f"{number}.ts", 12 * at) for at, number in enumerate((0, 1, 2, 3, 5))
    ]
    assert (tmp_path / "all.ts").read_bytes() == b"".join(f"{n}.ts".encode() * 3 for n in (0, 1, 2, 3, 5))


def test_the_dates_of_the_two_previews_are_compared_at_the_same_picture() -> None:
    sound = babble(4, seed=1)
    original = recording(sound, first_s=10.0)
    dubbed = recording(sound, first_s=2.0)
    dated = [(Piece("0.ts", 2.0, BEGUN), 0), (Piece("1.ts", 2.0, BEGUN + 2), 5000)]
    late = [(Piece("0.ts", 2.0, BEGUN + 0.5), 0), (Piece("1.ts", 2.0, None), 5000)]
    assert ahead_s(original, dated) == pytest.approx(BEGUN - 10)
    assert apart_ms(original, dated, dubbed, dated) == pytest.approx(0, abs=0.01)
    assert apart_ms(original, dated, dubbed, late) == pytest.approx(500, abs=0.01)
    assert apart_ms(original, dated, None, late) is None
    assert apart_ms(original, [], dubbed, late) is None


def test_a_run_in_which_nothing_played_is_measured_too(tmp_path: Path) -> None:
    viewers = [Viewer("http://127.0.0.1:9/", tmp_path / name) for name in ("a.ts", "b.ts")]
    viewers[0].file.write_bytes(b"")
    assert decoded(tmp_path / "no.flv") is None
    found = measure(
        page=(None, 0),
        original=viewers[0],
        dubbed=viewers[1],
        watched_s=(0.0, 0.0),
        output=tmp_path / "no.flv",
        slots=(),
        listened_s=0.0,
        originals="0",
    )
    assert (found.preview, found.output, found.apart_ms) == (None, None, None)
    assert found.original.decoded_s == 0
