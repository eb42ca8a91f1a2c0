"""What cannot be carried is said in one line, with the exit code of the side that is to blame."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from formats.runs import run

Sample = Callable[..., Path]


def _reencoded(source: Path, out: Path, kind: str, codec: str) -> Path:
    """The same programme with one track in another codec."""
    with av.open(str(source)) as before, av.open(str(out), "w") as after:
        encoded: Any = next(stream for stream in before.streams if stream.type == kind)
        kept = next(stream for stream in before.streams if stream.type != kind)
        if kind == "video":
            new: Any = after.add_stream(codec, rate=30, options={"cpu-used": "8", "deadline": "realtime"})
            new.width, new.height, new.pix_fmt = encoded.width, encoded.height, "yuv420p"
        else:
            new = after.add_stream(codec, rate=48_000, options={"strict": "experimental"})
        copy = after.add_stream_from_template(kept)
        for packet in before.demux(encoded, kept):
            if packet.stream is kept and packet.dts is not None:
                packet.stream = copy
                after.mux(packet)
            elif packet.stream is encoded:
                for frame in packet.decode():
                    after.mux(new.encode(frame))
        after.mux(new.encode(None))
    return out


@pytest.mark.parametrize(
    ("kind", "codec", "name"),
    [
        ("video", "libvpx-vp9", "VP9"),
        ("audio", "vorbis", "VORBIS"),
        pytest.param("audio", "flac", "FLAC", marks=pytest.mark.slow),
    ],
)
def test_a_codec_that_cannot_be_taken_is_named(
    kind: str, codec: str, name: str, sample: Sample, tmp_path: Path
) -> None:
    source = _reencoded(sample(".mp4"), tmp_path / "other.mkv", kind, codec)
    run(source, tmp_path / "out.ts").assert_refused(10, name, kind)


def test_h265_into_flv_is_refused_with_the_codec_and_the_output(sample: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out.flv"
    run(sample(".ts", video="h265"), out).assert_refused(20, "H.265", str(out))


def test_h265_into_rtmp_is_refused_without_connecting(sample: Sample, tmp_path: Path) -> None:
    ended = run(sample(".ts", video="h265"), "rtmp://127.0.0.1:9/live/SECRETKEY", realtime=True)
    ended.assert_refused(20, "H.265", "rtmp://127.0.0.1:9/live/***")
    assert "SECRETKEY" not in ended.stdout + ended.stderr


OTHERS = [pytest.param(suffix, marks=pytest.mark.slow) for suffix in (".flv", ".mp4", ".mkv")]


@pytest.mark.parametrize("suffix", [".ts", *OTHERS])
def test_a_source_without_sound_is_refused(suffix: str, sample: Sample, tmp_path: Path) -> None:
    run(sample(suffix, audio=None), tmp_path / "out.ts").assert_refused(10, "no sound")
