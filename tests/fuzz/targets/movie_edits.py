"""The table of a finished MP4, which is written anew in its place."""

import functools
import io
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from fragment_audio.resample import frame_of
from media_service.pipeline.mp4_edit import Heard, edited_moov

from fuzz.feed import Feed
from fuzz.promises import hold


def one(data: bytes) -> None:
    feed = Feed(data)
    heard = Heard(feed.number(2), feed.number(4))
    moov = feed.rest()
    edited = edited_moov(moov, heard)
    hold(edited is None or len(edited) == len(moov), "a table stays as long as it was")


@functools.cache
def moov(timescale: int) -> bytes:
    file = io.BytesIO()
    options = {"use_editlist": "1", "movie_timescale": str(timescale)}
    with av.open(file, "w", format="mp4", options=options) as out:
        stream = out.add_stream("aac", rate=48_000, layout="mono")
        noise = np.random.default_rng(1).normal(0, 0.1, (4096, 1)).astype(np.float32)
        frame = frame_of(noise, 48_000)
        frame.pts, frame.time_base = 1024, Fraction(1, 48_000)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    movie = file.getvalue()
    return movie[movie.rindex(b"moov") + 4 :]


def seeds() -> Iterator[bytes]:
    for timescale in (1000, 3000, 48_000):
        yield b"\x04\x00\x00\x00\x10\x00" + moov(timescale)
    yield bytes(6)
