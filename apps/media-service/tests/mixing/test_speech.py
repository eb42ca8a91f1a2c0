"""Where a dub speaks."""

import pytest
from media_service.mix import speech_of

from mixing.signals import MS, SECOND, constant, noise, speech_like

START = 1_000_000
FRAME = 20 * MS


def test_speech_between_silences_is_found_to_within_a_frame() -> None:
    dub = constant(0.0, 6 * SECOND)
    dub[SECOND : 2 * SECOND] = speech_like(SECOND, -23.0)
    dub[4 * SECOND : 5 * SECOND] = speech_like(SECOND, -23.0)
    spans = speech_of(dub, START)
    assert len(spans) == 2
    for span, (start, end) in zip(spans, ((1, 2), (4, 5)), strict=True):
        assert span[0] - START == pytest.approx(start * SECOND, abs=FRAME)
        assert span[1] - START == pytest.approx(end * SECOND, abs=FRAME)


@pytest.mark.parametrize("length", [0, 1, 500, SECOND])
def test_silence_speaks_nowhere(length: int) -> None:
    assert speech_of(constant(0.0, length), START) == ()


def test_hiss_is_not_speech() -> None:
    assert speech_of(noise(SECOND, 10 ** (-60 / 20)), START) == ()
    dub = noise(2 * SECOND, 10 ** (-48 / 20))
    dub[:SECOND] = speech_like(SECOND, -14.0)
    assert speech_of(dub, 0)[-1][1] <= SECOND + FRAME


def test_a_consonants_gap_is_bridged_and_a_click_is_none() -> None:
    dub = constant(0.0, 3 * SECOND)
    dub[SECOND : 2 * SECOND] = noise(SECOND, 0.1)
    dub[SECOND + SECOND // 2 : SECOND + SECOND // 2 + 80 * MS] = 0.0
    dub[100 * MS : 102 * MS] = 0.3
    assert speech_of(dub, 0) == ((SECOND, 2 * SECOND),)


def test_a_dub_that_speaks_throughout_is_one_span_that_ends_with_it() -> None:
    dub = noise(SECOND + 7, 0.1)
    assert speech_of(dub, START) == ((START, START + SECOND + 7),)
