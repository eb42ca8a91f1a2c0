"""What a Matroska file says of its sound's head start."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.pipeline.matroska import MOST_DELAY_NS, sound_delay_ns

Sample = Callable[..., Path]


@pytest.mark.parametrize(
    ("changes", "delay_ns"),
    [({}, 21_333_333), ({"audio": "opus"}, 6_500_000), ({"audio": "pcm_s16le"}, 0), ({"audio": None}, 0)],
)
def test_the_delay_of_the_sound_is_read(changes: dict[str, object], delay_ns: int, sample: Sample) -> None:
    assert sound_delay_ns(str(sample(".mkv", **changes))) == delay_ns


def test_other_files_have_none(sample: Sample, tmp_path: Path) -> None:
    assert sound_delay_ns(str(sample(".mp4"))) == 0
    assert sound_delay_ns(str(tmp_path / "missing.mkv")) == 0
    (tmp_path / "empty.mkv").touch()
    assert sound_delay_ns(str(tmp_path / "empty.mkv")) == 0


def test_a_broken_header_is_read_without_harm(sample: Sample, tmp_path: Path) -> None:
    whole = sample(".mkv").read_bytes()[:2000]
    file = tmp_path / "broken.mkv"

    @settings(max_examples=200, deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=8),
        st.integers(0, 2000),
    )
    def broken(changes: list[tuple[int, int]], length: int) -> None:
        data = bytearray(whole)
        for at, value in changes:
            data[at] = value
        file.write_bytes(data[:length])
        assert 0 <= sound_delay_ns(str(file)) <= MOST_DELAY_NS

    broken()
