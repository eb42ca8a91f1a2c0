"""The picture's size, which nothing but the picture itself tells for every input."""

from dataclasses import replace
from pathlib import Path

import av
import pytest
from media_service.audio.picture import AccessUnit, size_of
from media_service.segment.files import SegmentFiles
from media_service.segment.record import CodedPicture, Segment
from sound.test_picture import Codec, shot


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("start_codes", [True, False])
def test_the_first_keyframe_tells_the_size(codec: Codec, start_codes: bool) -> None:
    coding, units = shot(codec, start_codes)
    unknown = replace(coding, width=0, height=0, codec_data=b"" if start_codes else coding.codec_data)
    assert size_of(units[5:], unknown) == (coding.width, coding.height)


def test_without_a_keyframe_or_with_a_broken_one_there_is_no_size() -> None:
    coding, units = shot("h264", True)
    assert size_of(units[1:10], coding) is None
    broken = AccessUnit(b"\0\0\0\1\x65garbage", 0, 0, True)
    assert size_of([broken], replace(coding, codec_data=b"")) is None


@pytest.mark.parametrize("start_codes", [True, False])
def test_a_slot_without_a_keyframe_has_the_earlier_ones_size(tmp_path: Path, start_codes: bool) -> None:
    coding, units = shot("h264", start_codes)
    unknown = replace(coding, width=0, height=0, codec_data=b"" if start_codes else coding.codec_data)
    files = SegmentFiles(tmp_path, "s")
    for number, part in enumerate((units[:30], units[30:40])):
        assert files.put(Segment(number, None, CodedPicture(unknown, part, part[0].pts_ns)))
    assert files.close(10)
    assert (files.written, files.failed) == (2, 0)
    with av.open(str(files.folder / "000001_video.mp4"), "r") as container:
        context = container.streams.video[0].codec_context
        assert (context.width, context.height) == (coding.width, coding.height)
