"""How a run ends: with its source, on a signal, for want of sound or source. And files as fast as it goes."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from servers.ports import free_port

from live.batches import Batches
from live.echo import EchoProcess
from live.films import film
from live.measure import assert_continuous, assert_copied, assert_in_sync, seconds_seen, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

EDGES_S = 0.13
"""Silence that only an MP4 can hide: before the first picture, the encoder's head start, its last frame."""
LENGTH_S = 14.0
WANTED = (("flv", ".mp4"), ("flv", ".mkv"), ("flv", ".ts"), ("flv", ".flv"), ("flv", "/"), ("ts", ".mkv"))
QUICK = (("flv", ".mp4"), ("flv", "/"), ("ts", ".mkv"))
MOST_S = 60.0
"""It hangs."""


@dataclass(frozen=True)
class Ended:
    worker: WorkerProcess
    exit_code: int
    out: Path
    took_s: float
    """From the moment of the signal, where there was one, else from the start."""


@dataclass(frozen=True)
class Ends:
    files: dict[str, Path]
    """What was played, by name."""
    echo: str
    """What the service said."""
    by_name: dict[str, Ended]


def _files(folder: Path) -> dict[str, Path]:
    return {
        "flv": film(folder / "source.flv", Programme(**SMALL, duration_s=LENGTH_S)),
        "short": film(folder / "short.flv", Programme(**SMALL, duration_s=5.5)),
        "deaf": film(folder / "deaf.mp4", Programme(**SMALL, duration_s=3, audio=None)),
        "unseen": film(folder / "unseen.mp4", Programme(**SMALL, duration_s=6, video=None)),
    }


async def play(folder: Path) -> Ends:
    """Side by side, each to its end."""
    files = await asyncio.to_thread(_files, folder)
    nowhere = f"rtmp://127.0.0.1:{free_port()}/live/secret-key"
    async with EchoProcess(folder) as echo, asyncio.TaskGroup() as group:
        tasks = {
            "short": group.create_task(_plays_out(folder, "short", files["short"], echo)),
            "unseen": group.create_task(_plays_out(folder, "unseen", files["unseen"], echo)),
            "once": group.create_task(_stopped(folder, "once", files["flv"], 1)),
            "twice": group.create_task(_stopped(folder, "twice", files["flv"], 2)),
            "deaf": group.create_task(_refused(folder, "deaf", files["deaf"])),
            "nowhere": group.create_task(_refused(folder, "nowhere", nowhere)),
        }
    return Ends(files, echo.output(), {name: task.result() for name, task in tasks.items()})


@pytest.fixture(scope="module")
def ends(batches: Batches) -> Ends:
    return batches.of(play)


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EchoProcess]:
    with EchoProcess(tmp_path_factory.mktemp("echo")) as service:
        yield service


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    return {
        "flv": film(folder / "source.flv", Programme(**SMALL, duration_s=LENGTH_S)),
        "ts": film(folder / "source.ts", Programme(**{**SMALL, "video": "h265"}, duration_s=LENGTH_S)),
    }


PAIRS = [
    pytest.param(pair, id="-".join(pair), marks=[pytest.mark.slow][: pair not in QUICK]) for pair in WANTED
]


@pytest.mark.parametrize("pair", PAIRS)
async def test_a_file_is_dubbed_whole_and_faster_than_real_time(
    sources: dict[str, Path], tmp_path: Path, echo: EchoProcess, pair: tuple[str, str]
) -> None:
    source, suffix = sources[pair[0]], pair[1]
    out = tmp_path / f"out{suffix.rstrip('/')}"
    async with WorkerProcess(
        tmp_path,
        input_url=source,
        output_url=f"{out}/" if suffix == "/" else out,
        sts_service_url=echo.url,
        realtime=False,
    ) as worker:
        begun = time.monotonic()
        assert await worker.exit_code(MOST_S) == 0
        assert time.monotonic() - begun < LENGTH_S
        assert not worker.log_lines(message="slot fallback")[1:], "at most the last, too short, one"
    await asyncio.to_thread(_assert_whole, out, source, suffix)


def _assert_whole(out: Path, file: Path, suffix: str) -> None:
    source = read(file)
    recording = read(out / "index.m3u8" if suffix == "/" else out)
    if suffix != "/":
        copied = assert_copied(recording, source, least=len(source.of("video")))
        assert copied.matched == len(source.of("video"))
        assert_in_sync(shifts(recording, source), least=int(LENGTH_S) - 1)
        heard = recording.sound
        assert heard is not None
        length_s = len(heard.samples) / heard.rate_hz
        assert 0 <= length_s - LENGTH_S <= EDGES_S
    else:
        # The playlist holds the last segments.
        assert_in_sync(shifts(recording, source), least=5, unpaired=1)
    assert_continuous(recording)


async def _plays_out(folder: Path, name: str, source: Path, echo: EchoProcess) -> Ended:
    out = folder / f"{name}.ts"
    async with WorkerProcess(
        folder, name=name, input_url=source, output_url=out, sts_service_url=echo.url
    ) as worker:
        return Ended(worker, await worker.exit_code(MOST_S), out, 0.0)


async def _stopped(folder: Path, name: str, source: Path, signals: int) -> Ended:
    out = folder / f"{name}.ts"
    async with WorkerProcess(folder, name=name, input_url=source, output_url=out) as worker:
        await worker.wait_on_air(MOST_S)
        begun = time.monotonic()
        worker.terminate()
        if signals > 1:
            await worker.wait_for(
                lambda: bool(worker.log_lines(message="input: ended")), MOST_S, "the first signal"
            )
            worker.terminate()
        return Ended(worker, await worker.exit_code(MOST_S), out, time.monotonic() - begun)


async def _refused(folder: Path, name: str, url: str | Path) -> Ended:
    out = folder / f"{name}.ts"
    async with WorkerProcess(folder, name=name, input_url=url, output_url=out, source_grace_s=3) as worker:
        return Ended(worker, await worker.exit_code(MOST_S), out, 0.0)


def test_a_source_s_end_plays_out_and_its_last_segment_is_dubbed(ends: Ends) -> None:
    short, unseen = ends.by_name["short"], ends.by_name["unseen"]
    assert (short.exit_code, unseen.exit_code) == (0, 0)
    lines = ends.echo.splitlines()
    for name in ("short", "unseen"):
        (closed,) = [line for line in lines if '"stream closed"' in line and f'"{name}"' in line]
        assert '"completed"' in closed
    slots = short.worker.events("slot")
    assert [slot["outcome"] for slot in slots] == ["dubbed"] * 3
    assert 1e9 < slots[-1]["duration_ns"] < 1.9e9, "the partial one"
    recording, source = read(short.out), read(ends.files["short"])
    copied = assert_copied(recording, source, least=165)
    assert copied.matched == 165
    assert seconds_seen(recording) == [1, 2, 3, 4, 5]
    heard = read(unseen.out).sound
    assert heard is not None
    assert len(heard.samples) / heard.rate_hz == pytest.approx(6.0, abs=EDGES_S)


def test_sigterm_plays_out_and_a_second_one_stops_at_once(ends: Ends) -> None:
    once, twice = ends.by_name["once"], ends.by_name["twice"]
    assert once.exit_code == 0
    assert not once.worker.log_lines(message="stopped at once")
    assert once.took_s > 2.5, "what is buffered takes 3.5 s"
    assert twice.worker.log_lines(message="stopped at once")
    assert twice.took_s < once.took_s
    assert_copied(read(once.out), read(ends.files["flv"]), least=90)


@pytest.mark.parametrize("name", ["deaf", "nowhere"])
def test_what_cannot_be_dubbed_ends_with_10_and_one_line(ends: Ends, name: str) -> None:
    ended = ends.by_name[name]
    assert ended.exit_code == 10
    errors = ended.worker.log_lines(level="error")
    assert len(errors) == 1, errors
    assert errors[0]["exitCode"] == 10
    assert "secret-key" not in ended.worker.output()
