import struct
import time

import numpy as np
import pytest
from fragment_audio import m4a
from fragment_audio.errors import UnreadableSound
from fragment_audio.mp4_bounds import check_bounds
from hypothesis import given, settings
from hypothesis import strategies as st

GOOD = m4a.encode(np.zeros((48000, 2), np.float32), rate_hz=48000)


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def nested(*kinds: bytes, content: bytes) -> bytes:
    for kind in reversed(kinds):
        content = box(kind, content)
    return content


def test_an_ordinary_file_passes() -> None:
    check_bounds(GOOD)
    check_bounds(b"")


def test_samples_that_cost_no_byte_are_counted_before_a_table_is_made() -> None:
    """One constant size, four billion times: a demuxer would fill memory with an index of it."""
    at = GOOD.index(b"stsz") + 4
    hostile = GOOD[: at + 4] + struct.pack(">II", 1, 2**32 - 1) + GOOD[at + 12 :]
    began_s = time.process_time()
    with pytest.raises(UnreadableSound, match="stsz"):
        m4a.decode(hostile)
    assert time.process_time() - began_s < 1


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ((b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stz2"), struct.pack(">III", 0, 4, 10**9)),
        ((b"moof", b"traf", b"trun"), struct.pack(">II", 0, 2**31)),
        ((b"moov", b"trak", b"edts", b"elst"), struct.pack(">II", 0, 1000)),
    ],
)
def test_each_count_has_its_bound(path: tuple[bytes, ...], content: bytes) -> None:
    with pytest.raises(UnreadableSound, match=path[-1].decode()):
        check_bounds(nested(*path, content=content))


def test_counts_of_several_boxes_add_up() -> None:
    run = nested(b"moof", b"traf", b"trun", content=struct.pack(">II", 0, 7000))
    check_bounds(run)
    with pytest.raises(UnreadableSound, match="trun"):
        check_bounds(run + run)


def test_a_large_box_has_its_size_behind_its_name() -> None:
    inner = nested(b"trak", b"edts", b"elst", content=struct.pack(">II", 0, 1000))
    large = struct.pack(">I4sQ", 1, b"moov", 16 + len(inner)) + inner
    with pytest.raises(UnreadableSound, match="elst"):
        check_bounds(large)


def test_a_box_to_the_end_of_the_file_is_walked() -> None:
    inner = nested(b"trak", b"edts", b"elst", content=struct.pack(">II", 0, 1000))
    with pytest.raises(UnreadableSound, match="elst"):
        check_bounds(struct.pack(">I4s", 0, b"moov") + inner)


def test_a_box_smaller_than_its_header_is_refused() -> None:
    with pytest.raises(UnreadableSound, match="smaller"):
        check_bounds(struct.pack(">I4s", 7, b"free") + bytes(20))


def test_boxes_without_end_are_refused() -> None:
    with pytest.raises(UnreadableSound, match="boxes"):
        check_bounds(box(b"free", b"") * 5000)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"\0\0\0\x40moov", b"\0\0\0\0moof", b"\0\0\0\1trak"]))
def test_no_bytes_upset_the_walk(data: bytes, before: bytes) -> None:
    try:
        check_bounds(before + data)
    except UnreadableSound:
        return
