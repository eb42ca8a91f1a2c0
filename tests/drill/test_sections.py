"""A recording is cut where its clock begins anew, and each piece is a recording of its own."""

from fractions import Fraction
from pathlib import Path

import pytest
from media_service.testmedia.arrivals import arrived
from media_service.testmedia.generate import generate
from media_service.testmedia.media import read
from media_service.testmedia.programme import Programme
from media_service.testmedia.recorder import arrivals_file

from drill.sections import FILE_HEADER, sections

SHORT = Programme(3, width=160, height=90, fps=Fraction(10), gop_s=1.0, video_bit_rate=50_000)
SECOND_NS = 1_000_000_000


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    """Two connections in one recording, the second a minute after the first; a byte came each microsecond."""
    content = generate(tmp_path / "one.flv", SHORT).read_bytes()
    both = content + content[FILE_HEADER:]
    recording = tmp_path / "recorded.flv"
    recording.write_bytes(both)
    moments = [(60 * SECOND_NS * (at > len(content)) + at * 1000, at) for at in range(500, len(both), 500)]
    moments = sorted([*moments, (len(content) * 1000, len(content))])
    moments.append((61 * SECOND_NS + len(both) * 1000, len(both)))
    arrivals_file(recording).write_text("".join(f"{moment} {total}\n" for moment, total in moments))
    return recording


def test_each_connection_is_a_section_of_its_own(twice: Path, tmp_path: Path) -> None:
    whole = read(tmp_path / "one.flv")
    assert whole.frames is not None
    parts = [read(file) for file in sections(twice)]
    assert len(parts) == 2
    for part in parts:
        assert [frame.mark for frame in part.frames or []] == [frame.mark for frame in whole.frames]
        assert part.sound is not None
        assert whole.sound is not None
        assert len(part.sound.samples) == len(whole.sound.samples)


def test_a_section_knows_when_its_packets_came(twice: Path) -> None:
    first, second = ([one.at_ns for one in arrived(read(file))] for file in sections(twice))
    assert max(first) < SECOND_NS
    assert 60 * SECOND_NS < min(second) < 61 * SECOND_NS


def test_a_recording_without_a_break_is_one_section(tmp_path: Path) -> None:
    recording = generate(tmp_path / "one.flv", SHORT)
    arrivals_file(recording).write_text(f"1000 {recording.stat().st_size}\n")
    (only,) = sections(recording)
    assert len(read(only).packets) == len(read(recording).packets)


def test_a_tag_that_is_cut_off_is_left_out(twice: Path) -> None:
    twice.write_bytes(twice.read_bytes()[:-100])
    assert len(sections(twice)) == 2
