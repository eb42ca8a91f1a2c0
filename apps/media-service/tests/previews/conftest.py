"""Runs of the worker with a preview, side by side; what lay in the folder shortly before their end."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from live.echo import EchoProcess
from live.films import film
from live.worker import WorkerProcess
from media_service.testmedia.media import Media, read
from media_service.testmedia.programme import Programme

from previews.found import PLAYLIST, Preview, parse, taken

SMALL: dict[str, Any] = {"width": 320, "height": 180, "video_bit_rate": 300_000, "gop_s": 1.0}
LENGTH_S = 14.0
"""Much more than is waited for: a worker whose source has ended takes its preview with it."""
MUTED_FROM = 2
"""Segments of the output that are there before the sound is turned off."""
Act = Callable[[WorkerProcess, Path], Awaitable[None]]


@dataclass(frozen=True, eq=False)
class Shown:
    source: Path
    input: Preview
    output: Preview
    players: dict[str, str]
    """By side, what a player complains of."""
    status: dict[str, Any]
    metrics: dict[str, float]
    left: list[Path]
    """In the preview's folder, after the end."""
    begun_ns: int
    """Wall time: before anything came."""
    taken_ns: int
    """Wall time: when the playlists were looked at."""

    @cached_property
    def film(self) -> Media:
        return read(self.source)


def listed(side: Path) -> int:
    """Segments in a playlist."""
    index = side / PLAYLIST
    return len(parse(index.read_text()).parts) if index.exists() else 0


async def show(
    folder: Path,
    name: str,
    suffix: str,
    changes: dict[str, Any],
    wanted: int,
    act: Act | None = None,
    **settings: Any,
) -> Shown:
    """Until there are so many segments of the output."""
    programme = Programme(**{**SMALL, "duration_s": LENGTH_S, **changes})
    source = await asyncio.to_thread(film, folder / f"{name}{suffix}", programme)
    place, out = folder / f"{name}-preview", folder / f"{name}-out.ts"
    begun_ns = time.time_ns()
    async with WorkerProcess(
        folder, name=name, input_url=source, output_url=out, preview_dir=place, **settings
    ) as worker:
        if act is not None:
            await act(worker, place)
        await worker.wait_for(lambda: listed(place / "output") >= wanted, 60, "segments")
        taken_ns = time.time_ns()
        status, metrics = await worker.status(), await worker.metrics()
        came, went = (taken(place / side, folder / f"{name}-{side}") for side in ("input", "output"))
        sides = {"input": came, "output": went}
        players = {name: await asyncio.to_thread(played, side) for name, side in sides.items()}
        worker.terminate()
        assert await worker.exit_code(30) == 0
    left = list(place.rglob("*")) if place.exists() else []
    return Shown(source, came, went, players, status, metrics, left, begun_ns, taken_ns)


def played(preview: Preview) -> str:
    """What ffmpeg says while it plays what is there."""
    # Of a live playlist it would wait for more.
    still = preview.folder / "still.m3u8"
    still.write_text((preview.folder / PLAYLIST).read_text() + "#EXT-X-ENDLIST\n")
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-v", "warning", "-i", still, "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stderr


async def _muting(worker: WorkerProcess, place: Path) -> None:
    await worker.wait_for(lambda: listed(place / "output") >= MUTED_FROM, 60, "segments")
    await worker.set_mode("mute")


@dataclass(frozen=True, eq=False)
class Spoiled:
    """A run whose preview's disk was full after the first segment."""

    source: Path
    out: Path
    exit_code: int
    preview: dict[str, Any]
    """As the status told at the end."""
    warnings: list[str]
    left: list[Path]


async def _spoiled(folder: Path) -> Spoiled:
    source = await asyncio.to_thread(film, folder / "full.flv", Programme(**SMALL, duration_s=8.0))
    place, out = folder / "full-preview", folder / "full-out.ts"
    async with WorkerProcess(
        folder, name="full", input_url=source, output_url=out, preview_dir=place
    ) as worker:
        await worker.wait_for(lambda: listed(place / "input") >= 1, 60, "a segment")
        first = parse((place / "input" / PLAYLIST).read_text()).sequence
        # What a segment begins as lies on a disk that is full; one of these is next.
        for number in range(first + 1, first + 5):
            with contextlib.suppress(FileExistsError):
                (place / "input" / f"{number}.ts.part").symlink_to("/dev/full")

        async def failed() -> bool:
            return bool((await worker.status())["preview"]["state"] == "failed")

        await worker.wait_for(failed, 60, "failure")
        preview = (await worker.status())["preview"]
        code = await worker.exit_code(60)
        warnings = [line["message"] for line in worker.log_lines() if line["level"] in ("warning", "error")]
    return Spoiled(source, out, code, preview, warnings, list(place.rglob("*")))


async def _all(folder: Path) -> tuple[dict[str, Shown], Spoiled]:
    async with EchoProcess(folder) as echo, asyncio.TaskGroup() as group:
        scenes = {
            "dubbed": show(
                folder,
                "dubbed",
                ".flv",
                {"first_pts_s": 100_000.0, "rate_hz": 44_100, "duration_s": LENGTH_S + 6},
                MUTED_FROM + 2,
                _muting,
                sts_service_url=echo.url,
            ),
            "opus": show(folder, "opus", ".mkv", {"audio": "opus", "video": "h265", "gop_s": 2.5}, 2),
            "copied": show(folder, "copied", ".mp4", {"b_frames": 0, "gop_s": 0.5}, 3),
            "sound": show(folder, "sound", ".ts", {"video": None}, 3),
        }
        running = {name: group.create_task(scene) for name, scene in scenes.items()}
        full = group.create_task(_spoiled(folder))
    return {name: task.result() for name, task in running.items()}, full.result()


@pytest.fixture(scope="session")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Shown], Spoiled]:
    return asyncio.run(_all(tmp_path_factory.mktemp("previews")))


@pytest.fixture(scope="session")
def shown(scenes: tuple[dict[str, Shown], Spoiled]) -> dict[str, Shown]:
    return scenes[0]


@pytest.fixture(scope="session")
def spoiled(scenes: tuple[dict[str, Shown], Spoiled]) -> Spoiled:
    return scenes[1]
