"""Through the echo service, two languages at once: the picture untouched, the sound in sync and whole."""

import pytest
from faults.heard import agreement, compare
from live.measure import assert_continuous, assert_copied, assert_in_sync, shifts
from media_service.testmedia import sound_faults

from e2e.house import Figures, is_dubbed
from e2e.pair import LENGTH_S, Pair

LANGUAGES = ("es", "fr")
FPS = 30
MEDIAN_MS = 1.05
"""A millisecond, in which FLV counts, and what its rounding leaves of another."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_leaves_unchanged_in_order_and_once(pair: Pair, language: str) -> None:
    recording = pair.channels[language].recording
    assert_copied(recording.media, pair.source, least=FPS * (LENGTH_S - 3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_sound_and_picture_stay_in_sync(pair: Pair, language: str, figures: Figures) -> None:
    found = shifts(pair.channels[language].recording.media, pair.source)
    figures(f"{language}: {found}")
    assert_in_sync(found, least=LENGTH_S - 4, median_ms=MEDIAN_MS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sound_has_no_gap_and_no_click(pair: Pair, language: str) -> None:
    recording = pair.channels[language].recording
    assert_continuous(recording.media)
    assert recording.media.sound is not None
    loud = [click for click in sound_faults.clicks(recording.media.sound) if click.level_dbfs > -50]
    assert not loud, loud


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_is_in_its_own_output_and_nowhere_else(pair: Pair, language: str) -> None:
    channel = pair.channels[language]
    dubbed = [slot for slot in channel.slots if is_dubbed(slot)]
    assert len(dubbed) >= LENGTH_S // 2 - 3, channel.slots
    assert all(f"({language})" in slot["translation"] for slot in dubbed), dubbed
    assert channel.recording.media.sound is not None
    heard = compare(channel.recording.media.sound, pair.sound)
    assert heard.told > 0.8
    if language == "es":
        # The echo is the original.
        assert set(heard.signs[heard.signs != 0]) == {1}
    else:
        found = agreement(heard, channel.slots)
        assert found.blocks > 0.5 * len(heard.signs), found
        assert found.wrong == 0, found


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_ends_with_its_source(pair: Pair, language: str) -> None:
    channel = pair.channels[language]
    assert channel.exit_code == 0
    assert channel.metrics['worker_video_packets_total{direction="dropped"}'] == 0
