"""The worker with `--segment-dir`: what lies in the folder when a file has gone through."""

import asyncio
from collections import Counter
from itertools import chain
from pathlib import Path

import av
import pytest
from fragment_audio import m4a
from live.echo import EchoProcess
from live.worker import WorkerProcess
from media_service.testmedia.copied import Digest, compare, digests
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme

DURATION_S = 7.0
END_S = 90.0
FRAME_S = 1024 / 44_100


def programme(path: Path, audio: str, rate_hz: int = 48_000, *, duration_s: float = DURATION_S) -> Path:
    return generate(
        path, Programme(duration_s, width=320, height=180, gop_s=1.5, audio=audio, rate_hz=rate_hz)
    )


def heard_s(folder: Path) -> list[float]:
    """How long each segment's sound is."""
    found = []
    for path in sorted(folder.glob("*_audio.m4a")):
        samples, rate_hz = m4a.decode(path.read_bytes())
        found.append(len(samples) / rate_hz)
    return found


def shots(folder: Path) -> list[list[tuple[bytes, float]]]:
    """Each segment's access units, in decoding order, with the PTS in seconds."""
    found = []
    for path in sorted(folder.glob("*_video.mp4")):
        with av.open(str(path), "r") as container:
            track = container.streams.video[0]
            assert (track.width, track.height) == (320, 180)
            found.append(
                [
                    (bytes(packet), float((packet.pts or 0) * packet.time_base))
                    for packet in container.demux(track)
                    if packet.size
                ]
            )
    return found


def video(path: Path) -> list[Digest]:
    """A hash of each access unit's slices."""
    return digests(read(path, pictures=False, sound=False))


def decodable(path: Path) -> int:
    with av.open(str(path), "r") as container:
        return sum(1 for _ in container.decode(video=0))


def names(count: int, first: int = 0) -> list[str]:
    return sorted(
        f"{number:06d}_{kind}"
        for number in range(first, first + count)
        for kind in ("audio.m4a", "video.mp4")
    )


@pytest.mark.parametrize(
    ("suffix", "audio", "rate_hz", "dubs"),
    [
        pytest.param(".flv", "aac", 44_100, False, id="passthrough-flv"),
        pytest.param(".ts", "ac3", 48_000, True, id="dubbing-ts"),
        pytest.param(".flv", "aac", 44_100, True, id="dubbing-flv", marks=pytest.mark.slow),
        pytest.param(".ts", "ac3", 48_000, False, id="passthrough-ts", marks=pytest.mark.slow),
    ],
)
async def test_a_file_that_went_through_lies_in_the_folder_slot_by_slot(
    tmp_path: Path, suffix: str, audio: str, rate_hz: int, dubs: bool
) -> None:
    source = programme(tmp_path / f"in{suffix}", audio, rate_hz)
    echo = EchoProcess(tmp_path)
    service = {"sts_service_url": echo.url} if dubs else {}
    if dubs:
        await asyncio.to_thread(echo.start)
    try:
        async with WorkerProcess(
            tmp_path,
            input_url=source,
            output_url=tmp_path / "out.mkv",
            realtime=False,
            segment_dir=tmp_path / "record",
            **service,
        ) as worker:
            assert await worker.exit_code(END_S) == 0
            lines = worker.log_lines(message="segment files: closed")
    finally:
        await asyncio.to_thread(echo.kill)
    folder = tmp_path / "record" / "worker"
    assert sorted(path.name for path in folder.iterdir()) == names(4)
    assert [(line["written"], line["dropped"], line["failed"]) for line in lines] == [(4, 0, 0)]
    lengths = heard_s(folder)
    # The last slot is the rest; a codec's frames are whole, so it may be a little more.
    assert lengths == pytest.approx([2, 2, 2, DURATION_S - 6], abs=2 * FRAME_S)
    assert sum(lengths) == pytest.approx(DURATION_S, abs=2 * FRAME_S)
    pictures = shots(folder)
    assert [len(units) for units in pictures] == pytest.approx([60, 60, 60, 30], abs=3)
    assert all(
        -0.001 < pts <= length for units, length in zip(pictures, lengths, strict=True) for _, pts in units
    )
    recorded = sorted(folder.glob("*.mp4"))
    assert Counter(chain.from_iterable(map(video, recorded))) == Counter(video(source))
    assert decodable(recorded[0]) >= len(pictures[0]) - 2
    assert compare(video(source), video(tmp_path / "out.mkv")).whole


async def test_the_newest_segments_stay(tmp_path: Path) -> None:
    source = programme(tmp_path / "in.flv", "aac")
    async with WorkerProcess(
        tmp_path,
        input_url=source,
        output_url=tmp_path / "out.flv",
        realtime=False,
        segment_dir=tmp_path / "record",
        segment_keep_count=2,
    ) as worker:
        assert await worker.exit_code(END_S) == 0
    assert sorted(path.name for path in (tmp_path / "record" / "worker").iterdir()) == names(2, first=2)


@pytest.mark.slow
async def test_a_full_disk_ends_the_record_with_one_warning_and_nothing_else(tmp_path: Path) -> None:
    source = programme(tmp_path / "in.flv", "aac", duration_s=4.5)
    folder = tmp_path / "record" / "worker"
    async with WorkerProcess(
        tmp_path, input_url=source, output_url=tmp_path / "out.flv", segment_dir=tmp_path / "record"
    ) as worker:
        await worker.wait_for(lambda: (folder / "000000_video.mp4").exists(), 60, "first segment")
        # The part that a file begins as lies on a disk that is full.
        (folder / "000001_audio.m4a.part").symlink_to("/dev/full")

        async def stopped() -> bool:
            return (await worker.metrics())["worker_record_stopped"] == 1

        await worker.wait_for(stopped, 60, "metric of the full disk")
        assert await worker.exit_code(END_S) == 0
        warnings = [line["message"] for line in worker.log_lines() if "segment file" in line["message"]]
    assert warnings == [
        "segment files are no longer written: No space left on device",
        "segment files: closed",
    ]
    assert sorted(path.name for path in folder.iterdir()) == names(1)
    assert video(tmp_path / "out.flv") == video(source)


async def test_a_folder_that_may_not_be_the_streams_ends_the_start_with_2(tmp_path: Path) -> None:
    source = tmp_path / "in.flv"
    source.touch()
    (tmp_path / "record").mkdir()
    (tmp_path / "record" / "worker").symlink_to(tmp_path)
    worker = WorkerProcess(
        tmp_path, input_url=source, output_url=tmp_path / "out.flv", segment_dir=tmp_path / "record"
    )
    try:
        await worker.start(wait=False)
        assert await worker.exit_code(60) == 2
        assert "WORKER_SEGMENT_DIR" in worker.output()
    finally:
        await worker.stop()
