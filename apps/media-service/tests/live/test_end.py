"""How a run ends: with its source, on a signal, for want of sound or source. And files as fast as it goes."""

import asyncio
import time
from pathlib import Path

import pytest
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from servers.ports import free_port

from live.echo import EchoProcess
from live.measure import assert_continuous, assert_copied, assert_in_sync, seconds_seen, shifts
from live.stage import SMALL
from live.worker import WorkerProcess

LENGTH_S = 14.0
WANTED = (("flv", ".mp4"), ("flv", ".mkv"), ("flv", ".ts"), ("flv", ".flv"), ("flv", "/"), ("ts", ".mkv"))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    return {
        "flv": generate(folder / "source.flv", Programme(**SMALL, duration_s=LENGTH_S)),
        "ts": generate(folder / "source.ts", Programme(**{**SMALL, "video": "h265"}, duration_s=LENGTH_S)),
        "short": generate(folder / "short.flv", Programme(**SMALL, duration_s=5.5)),
        "deaf": generate(folder / "deaf.mp4", Programme(**SMALL, duration_s=3, audio=None)),
        "unseen": generate(folder / "unseen.mp4", Programme(**SMALL, duration_s=6, video=None)),
    }


async def test_files_are_dubbed_whole_and_faster_than_real_time(
    files: dict[str, Path], tmp_path: Path
) -> None:
    async with EchoProcess(tmp_path) as echo:
        for pair in (WANTED[:2], WANTED[2:4], WANTED[4:]):
            async with asyncio.TaskGroup() as group:
                for name, suffix in pair:
                    group.create_task(_file_to_file(tmp_path, files[name], suffix, echo.url))


async def _file_to_file(folder: Path, source: Path, suffix: str, url: str) -> None:
    name = f"{source.stem}-{suffix.strip('./') or 'hls'}"
    out = folder / f"{name}{suffix}"
    worker = WorkerProcess(
        folder,
        name=name,
        input_url=source,
        output_url=f"{out}/" if suffix == "/" else out,
        sts_service_url=url,
        realtime=False,
    )
    async with worker:
        begun = time.monotonic()
        assert await worker.exit_code(30) == 0
        assert time.monotonic() - begun < LENGTH_S / 2
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
        assert abs(length_s - LENGTH_S) <= 0.1
    else:
        # The playlist holds the last segments.
        assert_in_sync(shifts(recording, source), least=5, unpaired=1)
    assert_continuous(recording)


async def test_a_source_s_end_plays_out_and_its_last_segment_is_dubbed(
    files: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.ts"
    async with (
        EchoProcess(tmp_path) as echo,
        WorkerProcess(tmp_path, input_url=files["short"], output_url=out, sts_service_url=echo.url) as worker,
        WorkerProcess(
            tmp_path,
            name="unseen",
            input_url=files["unseen"],
            output_url=tmp_path / "unseen.ts",
            sts_service_url=echo.url,
        ) as unseen,
    ):
        assert await worker.exit_code(30) == 0
        assert await unseen.exit_code(30) == 0
        closed = [line for line in echo.output().splitlines() if '"stream closed"' in line]
    assert len(closed) == 2
    assert all('"completed"' in line for line in closed)
    slots = worker.events("slot")
    assert [slot["outcome"] for slot in slots] == ["dubbed"] * 3
    assert 1e9 < slots[-1]["duration_ns"] < 1.9e9, "the partial one"
    recording, source = read(out), read(files["short"])
    copied = assert_copied(recording, source, least=165)
    assert copied.matched == 165
    assert seconds_seen(recording) == [1, 2, 3, 4, 5]
    heard = read(tmp_path / "unseen.ts").sound
    assert heard is not None
    assert len(heard.samples) / heard.rate_hz == pytest.approx(6.0, abs=0.1)


async def test_sigterm_plays_out_and_a_second_one_stops_at_once(
    files: dict[str, Path], tmp_path: Path
) -> None:
    def worker(name: str) -> WorkerProcess:
        return WorkerProcess(tmp_path, name=name, input_url=files["flv"], output_url=tmp_path / f"{name}.ts")

    async with worker("once") as once, worker("twice") as twice:
        await once.wait_on_air()
        await twice.wait_on_air()
        begun = time.monotonic()
        once.terminate()
        twice.terminate()
        await twice.wait_for(lambda: bool(twice.log_lines(message="input: ended")), 5, "the first signal")
        twice.terminate()
        await twice.exit_code(3)
        assert time.monotonic() - begun < 2.5
        assert once.running, "what is buffered takes 3.5 s"
        assert await once.exit_code(10) == 0
        assert 2.5 < time.monotonic() - begun < 8.0
    played = read(tmp_path / "once.ts")
    assert_copied(played, read(files["flv"]), least=90)


async def test_what_cannot_be_dubbed_ends_with_10_and_one_line(
    files: dict[str, Path], tmp_path: Path
) -> None:
    cases = {"deaf": files["deaf"], "nowhere": f"rtmp://127.0.0.1:{free_port()}/live/secret-key"}
    for name, url in cases.items():
        async with WorkerProcess(
            tmp_path, name=name, input_url=url, output_url=tmp_path / f"{name}.ts", source_grace_s=3
        ) as worker:
            assert await worker.exit_code(20) == 10
            errors = worker.log_lines(level="error")
            assert len(errors) == 1, errors
            assert errors[0]["exitCode"] == 10
            assert "secret-key" not in worker.output()
