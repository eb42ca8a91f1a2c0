from pathlib import Path

import pytest
from fragment_audio.format import AudioFormat
from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.transport_stream import HEADROOM_NS, SoundFrame, transport_stream
from media_service.testmedia import media
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme
from media_service.timeline.units import SECOND_NS

DAY_NS = 86_400 * SECOND_NS


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> media.Media:
    small = Programme(2.0, width=320, height=180, gop_s=1.0, video_bit_rate=200_000, rate_hz=44_100)
    return media.read(generate(tmp_path_factory.mktemp("ts") / "in.mp4", small))


def muxed(source: media.Media, at_ns: int) -> bytes:
    """With its own configuration records, as FLV brings them."""
    units = [
        AccessUnit(one.data, one.pts_ns + at_ns, (one.dts_ns or 0) + at_ns, one.keyframe)
        for one in source.of("video")
    ]
    frames = [SoundFrame(one.pts_ns + at_ns, one.data) for one in source.of("audio")]
    sound = AudioFormat("aac", 44_100, 2, source.extradata["audio"])
    return transport_stream(units, PictureFormat("h264", 0, 0, source.extradata["video"]), frames, sound)


def test_stamps_are_those_of_media_time(source: media.Media, tmp_path: Path) -> None:
    (tmp_path / "out.ts").write_bytes(muxed(source, 5 * SECOND_NS))
    out = media.read(tmp_path / "out.ts")
    for kind in ("video", "audio"):
        wanted = [one.pts_ns + 5 * SECOND_NS + HEADROOM_NS for one in source.of(kind)]
        found = [one.pts_ns for one in out.of(kind)]
        assert found == pytest.approx(wanted, abs=30_000)
    assert out.frames is not None
    assert len(out.frames) == len(source.of("video"))
    assert not out.undecodable


@pytest.mark.parametrize("at_ns", [-SECOND_NS, DAY_NS + 2 * 3600 * SECOND_NS, 400 * DAY_NS])
def test_the_clock_of_mpeg_ts_may_run_over(source: media.Media, tmp_path: Path, at_ns: int) -> None:
    (tmp_path / "out.ts").write_bytes(muxed(source, at_ns))
    out = media.read(tmp_path / "out.ts")
    wrap_ns = (1 << 33) * SECOND_NS // 90_000
    first = out.of("video")[0].pts_ns - (source.of("video")[0].pts_ns + at_ns + HEADROOM_NS)
    assert min(first % wrap_ns, -first % wrap_ns) < 1000_000
    assert out.frames is not None
    assert len(out.frames) == len(source.of("video"))


def test_a_track_without_packets_is_no_track(source: media.Media, tmp_path: Path) -> None:
    frames = [SoundFrame(one.pts_ns, one.data) for one in source.of("audio")]
    sound = AudioFormat("aac", 44_100, 2, source.extradata["audio"])
    (tmp_path / "out.ts").write_bytes(transport_stream([], None, frames, sound))
    assert set(media.read(tmp_path / "out.ts").codecs) == {"audio"}
