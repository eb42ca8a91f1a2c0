import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from media_service.testmedia import arrivals, flv
from media_service.testmedia.analysis import analyse
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.program import Program, wait_for
from media_service.testmedia.programme import Programme
from media_service.testmedia.publisher import Publisher
from media_service.testmedia.recorder import Recorder
from media_service.testmedia.schedule import beginning_at, schedule
from servers import rtsp
from servers.rtmp import RtmpServer
from servers.srt import SrtPort

SCENE_S = 200.0
"""Longer, and it hangs."""
SHORT = Programme(duration_s=3.0, width=320, height=180)


def _sent_at_its_pace(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.flv", SHORT)
    with RtmpServer(tmp_path / "nginx") as server, Recorder(server.url("x"), tmp_path / "out") as recorder:
        with Publisher(source, server.url("x"), tmp_path) as publisher:
            publisher.wait_until_ended(60)
            assert publisher.exit_code == 0, publisher.output()
            wait_for(lambda: recorder.received > source.stat().st_size * 0.95, "the recording", 60)
            started_ns = publisher.started_ns
        recorder.stop()
    media = read(recorder.file)
    report = analyse(media, source)
    assert report.copied is not None
    assert report.copied.whole
    assert report.copied.matched == 90
    assert report.sync is not None
    assert abs(report.sync.median_ms) < 0.1
    assert not report.breaks
    assert not report.clicks
    assert arrivals.longest_pause_ms(media) < 2000
    assert 0 <= arrivals.delay_ms(media, source, started_ns) < 1000


def _frozen(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.flv", replace(SHORT, duration_s=6.0))
    with RtmpServer(tmp_path / "nginx") as server, Recorder(server.url("x"), tmp_path / "out") as recorder:
        with Publisher(source, server.url("x"), tmp_path) as publisher:
            recorder.wait_for_bytes(60_000, 60)
            publisher.freeze()
            time.sleep(1.0)
            publisher.thaw()
            recorder.wait_for_bytes(200_000, 60)
        recorder.stop()
    assert 900 < arrivals.longest_pause_ms(read(recorder.file)) < 5000


def _from_the_middle(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.flv", replace(SHORT, gop_s=1.0))
    with RtmpServer(tmp_path / "nginx") as server, Recorder(server.url("x"), tmp_path / "out") as recorder:
        with Publisher(source, server.url("x"), tmp_path, start_s=1.0) as publisher:
            publisher.wait_until_ended(60)
            wait_for(lambda: recorder.received > 60_000, "the recording", 60)
            time.sleep(0.3)
        recorder.stop()
    found = analyse(recorder.file, source)
    assert found.copied is not None
    assert (found.copied.first, found.copied.last) == (30, 89)
    assert found.sync is not None
    assert [offset.second for offset in found.sync.offsets][-1] == 2


def _killed(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.flv", SHORT)
    with RtmpServer(tmp_path / "nginx") as server:
        with Publisher(source, server.url("x"), tmp_path) as publisher:
            server.kill()
            wait_for(lambda: not publisher.running, "end of the publisher", 60)
            assert publisher.exit_code != 0
        server.start()
        with (
            Publisher(source, server.url("x"), tmp_path),
            Recorder(server.url("x"), tmp_path / "out") as recorder,
        ):
            recorder.wait_for_bytes(30_000, 60)


def _by_srt(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.ts", replace(SHORT, duration_s=2.5))
    port = SrtPort()
    with Recorder(port.listener, tmp_path / "out") as recorder:
        time.sleep(0.3)  # a listener says nowhere that it listens
        with Publisher(source, port.caller, tmp_path) as publisher:
            publisher.wait_until_ended(60)
        wait_for(lambda: not recorder.running, "end of the recording", 60)
    report = analyse(recorder.file, source)
    assert report.copied is not None
    assert report.copied.whole
    assert report.copied.matched == 75
    assert report.sync is not None
    assert abs(report.sync.median_ms) < 0.1


def _by_rtsp(tmp_path: Path, b_frames: int = 2, audio: str = "aac", suffix: str = ".mp4") -> None:
    programme = replace(SHORT, b_frames=b_frames, audio=audio)
    source = generate(tmp_path / f"source{suffix}", programme)
    plays = {"x": rtsp.play(source, audio=audio)}
    with (
        rtsp.RtspServer(tmp_path / "rtsp", plays=plays) as server,
        Recorder(server.url("x"), tmp_path / "out") as recorder,
    ):
        wait_for(lambda: not recorder.running, "end of the file", 60)
        assert recorder.exit_code == 0, recorder.output()
    found = analyse(recorder.file, source)
    assert found.copied is not None
    assert found.copied.whole
    assert found.sync is not None
    assert abs(found.sync.median_ms) < 1.5


SCENES: dict[str, Callable[[Path], None]] = {
    "rtmp": _sent_at_its_pace,
    "frozen": _frozen,
    "middle": _from_the_middle,
    "killed": _killed,
    "srt": _by_srt,
    "rtsp": _by_rtsp,
}


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[None]]]:
    """Side by side, each with its own verdict: most of them is waiting."""
    with ThreadPoolExecutor(3) as pool:
        begun = {name: pool.submit(scene, tmp_path_factory.mktemp(name)) for name, scene in SCENES.items()}
        yield begun
        for future in begun.values():
            future.cancel()


def test_what_rtmp_brings_is_what_was_sent_at_its_pace(scenes: dict[str, Future[None]]) -> None:
    scenes["rtmp"].result(SCENE_S)


def test_a_recorder_waits_for_a_stream_and_sees_the_pause_of_a_frozen_publisher(
    scenes: dict[str, Future[None]],
) -> None:
    scenes["frozen"].result(SCENE_S)


def test_a_publisher_goes_on_in_the_middle_with_the_programmes_own_times(
    scenes: dict[str, Future[None]],
) -> None:
    scenes["middle"].result(SCENE_S)


def test_a_killed_server_comes_back_on_its_port(scenes: dict[str, Future[None]]) -> None:
    scenes["killed"].result(SCENE_S)


def test_srt_brings_what_was_sent_in_either_role(scenes: dict[str, Future[None]]) -> None:
    scenes["srt"].result(SCENE_S)


def test_rtsp_plays_a_file_as_it_is(scenes: dict[str, Future[None]]) -> None:
    scenes["rtsp"].result(SCENE_S)


@pytest.mark.slow
def test_rtsp_plays_a_file_with_opus_as_it_is(tmp_path: Path) -> None:
    _by_rtsp(tmp_path, 0, "opus", ".mkv")


@pytest.mark.slow
def test_hls_is_served_over_http(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.flv", replace(SHORT, duration_s=10.0))
    with (
        RtmpServer(tmp_path / "nginx") as server,
        Publisher(source, server.hls_in("x"), tmp_path) as publisher,
    ):
        playlist = tmp_path / "nginx" / "hls" / "x.m3u8"
        wait_for(playlist.exists, "playlist", 60)
        with Recorder(server.hls_url("x"), tmp_path / "out") as recorder:
            publisher.wait_until_ended(60)
            recorder.wait_for_bytes(1, 60)
            recorder.stop()
    found = analyse(recorder.file, source)
    assert found.copied is not None
    assert found.copied.whole
    assert found.sync is not None
    assert abs(found.sync.median_ms) < 1


@pytest.mark.slow
def test_rtsp_records_what_gstreamer_sends(tmp_path: Path) -> None:
    source = generate(tmp_path / "source.flv", replace(SHORT, duration_s=4.0))
    records = {"x": rtsp.record(("latm", "h264"))}
    with rtsp.RtspServer(tmp_path / "rtsp", records=records) as server:
        line = f"filesrc location={source} ! flvdemux name=d d.video ! queue ! h264parse ! s. "
        line += "d.audio ! queue ! aacparse ! s. rtspclientsink name=s protocols=tcp location=" + server.url(
            "x"
        )
        with Program(["gst-launch-1.0", "-q", *line.split()], tmp_path / "gst.log") as sender:
            wait_for(lambda: not sender.running, "end of the file", 60)
            assert sender.exit_code == 0, sender.output()
    # Nothing is said of sync: a sender that is not live reports a clock that fits neither of its tracks.
    media = read(server.recorded("x"))
    found = analyse(media, source)
    assert found.copied is not None
    assert found.copied.matched > 100
    assert not found.copied.changed
    assert len(arrivals.arrived(media)) == len(media.packets)


def test_the_schedule_takes_no_time_for_a_jump(tmp_path: Path) -> None:
    usual = schedule(generate(tmp_path / "a.flv", replace(SHORT, first_pts_s=7200.0)))
    jumped = schedule(
        generate(tmp_path / "b.flv", replace(SHORT, first_pts_s=7200.0, jump_at_s=1.5, jump_s=-3600.0))
    )
    assert abs(usual[-1].at_ns - jumped[-1].at_ns) < 100_000_000
    assert [due.at_ns for due in jumped] == sorted(due.at_ns for due in jumped)
    header, rest = beginning_at(usual, 1.0)
    assert 0 < header < 2000
    assert rest[0].packet.keyframe
    with pytest.raises(ValueError, match="keyframe"):
        beginning_at(usual, 100.0)


def test_joined_flv_has_one_header_and_its_clock_never_returns_to_zero(tmp_path: Path) -> None:
    file = generate(tmp_path / "a.flv", replace(SHORT, first_pts_s=100.0, jump_at_s=1.5, jump_s=-50.0))
    content = file.read_bytes()
    assert content.count(b"FLV\x01") == 1
    stamps = [flv._stamp(content, at) for at in flv._tags(content)]
    assert min(stamps[10:]) > 50_000


def test_the_command_line_generates_and_analyses(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from media_service.testmedia.__main__ import main

    file = tmp_path / "x.flv"
    assert (
        main(["generate", str(file), "--duration-s", "3", "--width", "320", "--height", "180", "--fps", "25"])
        == 0
    )
    assert main(["analyse", str(file), "--against", str(file), "--json"]) == 0
    report = json.loads(capfd.readouterr().out)
    assert report["copied"]["matched"] == 75
    assert abs(report["sync"]["median_ms"]) < 0.1
    assert main(["analyse", str(file), "--against", str(file)]) == 0
    assert "75 units (0 to 74), 0 lost" in capfd.readouterr().out
