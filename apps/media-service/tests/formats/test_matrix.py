"""Every picture copied, every sound in its place, whatever it came in and goes out in."""

import pytest
from live.measure import assert_continuous, assert_in_sync, shifts
from media_service.testmedia.analysis import video_copied
from media_service.testmedia.media import Media, read

from formats.cases import Case, params
from formats.conftest import Played

ENCODER_MS = 1000 * 1024 / 48_000
"""A frame of the encoder's that is not full."""


@pytest.mark.parametrize("case", params())
def test_what_goes_in_comes_out_copied_in_sync_and_whole(case: Case, played: Played) -> None:
    source_file, recorded_file, run = played(case)
    assert run.exit_code == 0, run.stderr
    run.assert_clean()
    assert not run.errors
    recording, source = read(recorded_file), read(source_file)
    assert_continuous(recording, silent_ms=case.silent_ms)
    # After a jump the source's own stamps do not tell how long it is.
    tail_ms = case.programme.duration_s * 1000 if case.programme.jump_s else _tail_ms(source)
    assert abs(_tail_ms(recording) - tail_ms) <= ENCODER_MS + 2 * _frame_ms(case)
    if case.programme.video is not None:
        copied = video_copied(recording, source)
        assert copied.whole, copied
        assert copied.matched == len(source.of("video")), copied
        holes = case.programme.audio_hole_s, case.programme.video_hole_s
        assert_in_sync(
            shifts(recording, source), least=2 if any(holes) else 3, unpaired=3 if any(holes) else 0
        )
    if case.dubbed:
        assert "dubbed" in run.outcomes()
        assert set(run.outcomes()[:-1]) == {"dubbed"}, run.outcomes()


def _frame_ms(case: Case) -> float:
    """Of the source's sound, of the longest kind."""
    return 1000 * 1152 / case.programme.rate_hz


def _tail_ms(media: Media) -> float:
    """From the first picture, or where there is none the first sound, to the end of the sound."""
    sound = media.sound
    assert sound is not None
    first = min((packet.pts_ns for packet in media.of("video")), default=int(sound.pts_ns[0]))
    last = len(sound.samples) - int(sound.starts[-1])
    return (int(sound.pts_ns[-1]) - first) / 1e6 + last / sound.rate_hz * 1000
