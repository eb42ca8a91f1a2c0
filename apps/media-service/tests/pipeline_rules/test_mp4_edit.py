"""The edit lists of a finished MP4: what they hide, and that nothing else is touched."""

import io
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fragment_audio.resample import frame_of
from hypothesis import given
from hypothesis import strategies as st
from media_service.pipeline.mp4_edit import Heard, edited_moov, hide

RATE_HZ = 48_000
FRAMES = 100


@pytest.fixture(scope="module")
def movie() -> bytes:
    """Sound alone, as a muxer leaves it that knows of no priming: `moov` at the end."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"use_editlist": "1", "movie_timescale": "3000"}) as out:
        stream = out.add_stream("aac", rate=RATE_HZ, layout="stereo")
        noise = np.random.default_rng(1).normal(0, 0.1, (FRAMES * 1024, 2)).astype(np.float32)
        frame = frame_of(noise, RATE_HZ)
        frame.pts, frame.time_base = 1024, Fraction(1, RATE_HZ)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def moov_of(movie: bytes) -> tuple[int, bytes]:
    at = movie.rindex(b"moov") + 4
    return at, movie[at:]


def heard_of(movie: bytes) -> tuple[float, int]:
    """Duration in seconds, and how many samples are skipped at the beginning."""
    with av.open(io.BytesIO(movie), "r") as container:
        stream = container.streams.audio[0]
        assert container.duration is not None
        all_of = (FRAMES + 1) * 1024
        decoded = sum(len(frame.to_ndarray()[0]) for frame in container.decode(stream))
        return container.duration / av.time_base, all_of - decoded


@pytest.mark.parametrize("skip", [0, 1, 1600, 5000])
def test_what_is_before_the_sound_is_hidden_to_the_sample(movie: bytes, tmp_path: Path, skip: int) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(movie)
    length = FRAMES * 1024 + 1024 - skip
    assert hide(path, Heard(skip, length))
    assert path.stat().st_size == len(movie)
    duration_s, skipped = heard_of(path.read_bytes())
    assert duration_s == pytest.approx(length / RATE_HZ, abs=1e-6)
    assert skipped == skip
    at, _ = moov_of(movie)
    assert path.read_bytes()[:at] == movie[:at], "the sound itself is as it was"


@pytest.mark.parametrize("what", ["empty", "no moov", "cut off", "something behind"])
def test_a_file_that_is_not_as_expected_stays_as_it_is(movie: bytes, tmp_path: Path, what: str) -> None:
    at, _ = moov_of(movie)
    given_ = {
        "empty": b"",
        "no moov": movie[: at - 8],
        "cut off": movie[:-20],
        "something behind": movie + struct.pack(">I4s", 8, b"free"),
    }[what]
    path = tmp_path / "a.mp4"
    path.write_bytes(given_)
    assert not hide(path, Heard(1600, 48_000))
    assert path.read_bytes() == given_


@given(data=st.data())
def test_whatever_the_bytes_are_the_length_stays_or_nothing_is_changed(
    movie: bytes, data: st.DataObject
) -> None:
    _, moov = moov_of(movie)
    broken = bytearray(moov)
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, min(400, len(broken) - 5)))
        struct.pack_into(">I", broken, place, data.draw(st.integers(0, 2**32 - 1)))
    edited = edited_moov(bytes(broken), Heard(1600, 90_000))
    assert edited is None or len(edited) == len(moov)


def test_a_movie_too_long_for_a_fine_clock_keeps_its_own(movie: bytes) -> None:
    _, moov = moov_of(movie)
    place = moov.index(b"elst") + 12
    long = bytearray(moov)
    struct.pack_into(">I", long, place, 3000 * 100_000)
    edited = edited_moov(bytes(long), Heard(0, 100_000 * RATE_HZ))
    assert edited is not None
    head = edited.index(b"mvhd")
    assert struct.unpack_from(">II", edited, head + 16) == (3000, 300_000_000)
