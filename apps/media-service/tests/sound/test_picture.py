import subprocess
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import av
import pytest
from media_service.audio.picture import AccessUnit, PictureFormat, mp4, parameter_sets, times

Codec = Literal["h264", "h265"]
FRAME_NS = 40_000_000


@cache
def shot(codec: Codec, start_codes: bool) -> tuple[PictureFormat, tuple[AccessUnit, ...]]:
    """Four seconds with B-frames and a keyframe each second."""
    encoder = {"h264": "libx264", "h265": "libx265"}[codec]
    options = (
        ["-x265-params", "log-level=error:bframes=2:keyint=25"]
        if codec == "h265"
        else ["-bf", "2", "-g", "25"]
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / ("shot.ts" if start_codes else "shot.mp4")
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25", "-t", "4"]
        command += ["-c:v", encoder, "-preset", "ultrafast", *options, str(file)]
        subprocess.run(command, timeout=30, check=True)
        with av.open(str(file), "r") as container:
            track = container.streams.video[0]
            units = tuple(
                AccessUnit(
                    bytes(packet), _ns(packet, packet.pts), _ns(packet, packet.dts), packet.is_keyframe
                )
                for packet in container.demux(track)
                if packet.size
            )
            record = b"" if start_codes else bytes(track.codec_context.extradata or b"")
    return PictureFormat(codec, 160, 90, record or parameter_sets(units, codec)), units


def _ns(packet: "av.Packet[av.VideoStream]", ticks: int | None) -> int:
    return round((ticks or 0) * packet.time_base * 1_000_000_000)


def read(data: bytes) -> list[tuple[bytes, int, int, bool]]:
    with av.open(BytesIO(data), "r") as container:
        track = container.streams.video[0]
        return [
            (bytes(p), _ns(p, p.pts), _ns(p, p.dts), p.is_keyframe) for p in container.demux(track) if p.size
        ]


def frames_of(data: bytes) -> int:
    with av.open(BytesIO(data), "r") as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("start_codes", [True, False])
def test_every_access_unit_is_in_the_file_at_its_time(codec: Codec, start_codes: bool) -> None:
    coding, units = shot(codec, start_codes)
    assert any(unit.dts_ns < unit.pts_ns - FRAME_NS for unit in units)
    data = mp4(units, coding, origin_ns=units[0].pts_ns)
    packets = read(data)
    assert len(packets) == len(units) == frames_of(data)
    for unit, (content, pts_ns, dts_ns, keyframe) in zip(units, packets, strict=True):
        assert abs(unit.pts_ns - units[0].pts_ns - pts_ns) < 20_000
        assert abs(unit.dts_ns - units[0].pts_ns - dts_ns) < 20_000
        assert keyframe == unit.keyframe
        if start_codes:
            assert content[-20:] == unit.data[-20:]
        else:
            assert content == unit.data


def test_a_picture_that_begins_late_in_its_slot_stays_late() -> None:
    coding, units = shot("h264", False)
    (_, pts_ns, _, _), *_ = read(mp4(units, coding, origin_ns=units[0].pts_ns - 500_000_000))
    assert pts_ns == 500_000_000


def test_dts_that_stand_or_pass_the_pts_are_mended() -> None:
    coding, units = shot("h264", False)
    broken = [replace(unit, dts_ns=units[5].pts_ns) for unit in units[:10]]
    packets = read(mp4(broken, coding, origin_ns=0))
    assert len(packets) == 10
    assert all(one[2] < two[2] for one, two in pairwise(packets))
    assert all(pts_ns >= dts_ns for _, pts_ns, dts_ns, _ in packets)


def test_no_access_unit_has_no_time() -> None:
    assert list(times([], 0)) == []


def test_one_access_unit_is_a_file() -> None:
    coding, units = shot("h264", False)
    assert frames_of(mp4(units[:1], coding, origin_ns=units[0].pts_ns)) == 1


def test_parameter_sets_are_those_of_a_keyframe() -> None:
    _, units = shot("h264", True)
    found = parameter_sets(units, "h264")
    assert found.startswith(b"\0\0\0\1\x67")
    assert b"\0\0\0\1\x68" in found
    assert parameter_sets([unit for unit in units if not unit.keyframe], "h264") == b""
    assert parameter_sets([AccessUnit(b"no start code", 0, 0, True)], "h264") == b""


def test_without_parameter_sets_there_is_no_file() -> None:
    coding, units = shot("h264", True)
    with pytest.raises(ValueError, match="parameter sets"):
        mp4(units, replace(coding, codec_data=b""), origin_ns=0)
