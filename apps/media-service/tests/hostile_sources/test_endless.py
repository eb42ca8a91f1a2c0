"""A source without an end, or of absurd sizes: the worker leaves it in order, and stays small."""

from pathlib import Path

import pytest

from hostile_sources import endless
from hostile_sources.endless import Talk, server
from hostile_sources.house import OUTSIDE
from hostile_sources.weighed import weighed

MOST_MIB = 600.0
"""A worker that reads nothing has 95; what comes without an end is left at 256 more, or a moment later."""
LARGEST_MESSAGE_MIB = 900.0
"""GStreamer takes a message of RTMP whole, and follows it as deep as it goes."""
slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("scheme", "talk"),
    [
        pytest.param("rtsp", endless.rtsp_headers, marks=slow),
        pytest.param("rtsp", endless.rtsp_one_header, marks=slow),
        pytest.param("rtsp", endless.rtsp_body, marks=slow),
        pytest.param("rtsp", endless.rtsp_interleaved, marks=slow),
        pytest.param("rtsp", endless.silent, marks=slow),
        pytest.param("rtsp", endless.garbage, marks=slow),
        pytest.param("rtmp", endless.rtmp_many_begun, marks=slow),
        pytest.param("rtmp", endless.rtmp_large, marks=slow),
        ("rtmp", endless.rtmp_nested),
        pytest.param("rtmp", endless.rtmp_silent, marks=slow),
        pytest.param("rtmp", endless.garbage, marks=slow),
        pytest.param("http", endless.rtsp_headers, marks=slow),
        pytest.param("http", endless.garbage, marks=slow),
        pytest.param("http", endless.silent, marks=slow),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
async def test_it_is_left_in_order(scheme: str, talk: Talk, tmp_path: Path) -> None:
    async with server(talk) as port:
        ended = await weighed(f"{scheme}://{OUTSIDE}:{port}/live/a.m3u8", tmp_path)
    ended.assert_refused(10, LARGEST_MESSAGE_MIB if talk is endless.rtmp_nested else MOST_MIB)
