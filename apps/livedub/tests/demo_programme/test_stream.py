"""What goes out is one stream, whose time stamps know nothing of the script's beginning again."""

import itertools
from pathlib import Path

import av
import pytest
from livedub.demo import studio
from livedub.demo.picture import FPS
from livedub.demo.reader import Reader
from livedub.demo.voice import bed
from media_service.testmedia import sound_faults
from media_service.testmedia.media import read

from demo_programme.fakes import Sentences

SECONDS = 12


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four times round a script of two sentences, as fast as it can be made."""
    file = tmp_path_factory.mktemp("stream") / "programme.flv"
    frames = itertools.count()
    with av.open(str(file), "w", format="flv") as container:
        reader = Reader(Sentences(0.9, 1.2), bed(1.0))
        studio.send(container, reader, lambda: next(frames) < SECONDS * FPS, lambda seconds: None)
    return file


def test_the_time_stamps_run_on_however_often_the_script_begins_again(stream: Path) -> None:
    media = read(stream)
    assert media.codecs == {"video": "h264", "audio": "aac"}
    assert media.sound is not None
    assert media.frames is not None
    for kind in ("video", "audio"):
        stamps = [packet.dts_ns or 0 for packet in media.packets if packet.kind == kind]
        assert all(before < after for before, after in itertools.pairwise(stamps))
    assert sound_faults.breaks(media.sound) == []
    assert abs(sound_faults.drift_ms(media.sound)) < 2
    assert [frame.mark.number for frame in media.frames if frame.mark] == list(range(SECONDS * FPS))
    assert not media.undecodable


def test_sound_and_picture_are_of_the_same_length_and_begin_together(stream: Path) -> None:
    media = read(stream, pictures=False, sound=False)
    ends = {kind: max(packet.pts_ns for packet in media.of(kind)) / 1e9 for kind in media.codecs}
    starts = {kind: min(packet.pts_ns for packet in media.of(kind)) / 1e9 for kind in media.codecs}
    assert abs(ends["video"] - ends["audio"]) < 0.1
    assert abs(starts["video"] - starts["audio"]) < 0.05


def test_every_two_seconds_somebody_can_join(stream: Path) -> None:
    pictures = read(stream, pictures=False, sound=False).of("video")
    keys = [number for number, packet in enumerate(pictures) if packet.keyframe]
    assert keys == list(range(0, SECONDS * FPS, 2 * FPS))
