"""The dub is as loud as what it replaces, slot by slot and over the programme."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.mix import Mixer, MixSettings, ProgrammeLoudness, prepare_dub, speech_of
from media_service.mix.meter import blocks_of, integrated
from media_service.timeline.units import Sound

from mixing.signals import (
    MS,
    SECOND,
    constant,
    dubbed,
    heard,
    loudness_of,
    noise,
    original_part,
    speech_like,
    stereo,
    true_peak_dbtp,
)

SLOT = 6 * SECOND


def gained_db(before: Sound, after: Sound) -> float:
    return loudness_of(after) - loudness_of(before)


def test_the_measure_is_the_librarys_own() -> None:
    for sound in (speech_like(SLOT, -23.0), noise(SLOT, 0.05), noise(SLOT, 0.05) * [1.0, 0.3]):
        # Parts at very different levels, so that the gates matter.
        sound = np.concatenate((sound, sound * 0.05, constant(0.0, SECOND))).astype(np.float32)
        assert integrated(blocks_of(sound)) == pytest.approx(loudness_of(sound), abs=0.01)


def test_a_sound_shorter_than_a_block_or_silent_has_no_loudness() -> None:
    assert integrated(blocks_of(noise(300 * MS, 0.1))) == -np.inf
    assert integrated(blocks_of(constant(0.0, SLOT))) == -np.inf
    assert integrated(blocks_of(constant(0.0, 0))) == -np.inf


@pytest.mark.parametrize("dub_lufs", [-38.0, -23.0, -12.0])
def test_the_dub_gets_the_loudness_of_the_original_in_its_slot(dub_lufs: float) -> None:
    original, dub = speech_like(SLOT, -23.0, 1), speech_like(SLOT, dub_lufs, 2)
    prepared = prepare_dub(dub, original, ProgrammeLoudness())
    assert loudness_of(prepared) == pytest.approx(-23.0, abs=0.2)
    assert prepared.shape == dub.shape
    assert prepared.dtype == np.float32


def test_a_dub_that_pauses_is_as_loud_while_it_speaks() -> None:
    original, dub = speech_like(SLOT, -20.0, 1), speech_like(SLOT, -30.0, 2)
    dub[2 * SECOND :] = 0.0
    prepared = prepare_dub(dub, original, ProgrammeLoudness())
    assert loudness_of(prepared[: 2 * SECOND]) == pytest.approx(-20.0, abs=1.0)


def test_a_dub_that_is_the_original_is_not_touched() -> None:
    programme = ProgrammeLoudness()
    random = np.random.default_rng(5)
    for slot in range(6):
        original = speech_like(SLOT, random.uniform(-50, -15), slot)
        assert prepare_dub(original, original, programme) is original


def test_an_echo_through_a_codec_gets_a_gain_of_exactly_one() -> None:
    original = speech_like(SLOT, -23.0)
    echo = original + noise(SLOT, 0.0005)
    assert prepare_dub(echo, original, ProgrammeLoudness()) is echo


def test_silence_stays_silence_and_moves_no_gain() -> None:
    programme = ProgrammeLoudness()
    prepare_dub(speech_like(SLOT, -30.0, 2), speech_like(SLOT, -20.0, 1), programme)
    silence = constant(0.0, SLOT)
    assert prepare_dub(silence, speech_like(SLOT, -20.0, 3), programme) is silence
    dub = speech_like(SLOT, -30.0, 4)
    assert gained_db(dub, prepare_dub(dub, constant(0.0, SLOT), programme)) == pytest.approx(10.0, abs=0.3)


def test_a_dub_before_any_sound_of_the_original_is_not_touched() -> None:
    dub = speech_like(SLOT, -30.0)
    assert prepare_dub(dub, constant(0.0, SLOT), ProgrammeLoudness()) is dub


def test_one_quiet_slot_does_not_pump() -> None:
    """Nobody speaks in the original there: the voice stays at its level, before, in and after that slot."""
    programme = ProgrammeLoudness()
    gains = []
    for slot in range(5):
        original = speech_like(SLOT, -50.0 if slot == 2 else -22.0, slot)
        dub = speech_like(SLOT, -28.0, slot + 10)
        gains.append(gained_db(dub, prepare_dub(dub, original, programme)))
    assert gains == pytest.approx([6.0] * 5, abs=0.3)


def test_a_slot_with_half_a_second_of_sound_moves_the_gain_only_in_part() -> None:
    programme = ProgrammeLoudness()
    dub = speech_like(SLOT, -28.0, 9)
    prepare_dub(dub, speech_like(SLOT, -22.0, 1), programme)
    short = constant(0.0, SLOT)
    short[SECOND : SECOND + 500 * MS] = speech_like(500 * MS, -30.0, 2)
    gain = gained_db(dub, prepare_dub(dub, short, programme))
    own = loudness_of(short) - loudness_of(dub)
    assert own + 2.0 < gain < 6.0 - 2.0


def test_the_gain_of_one_dub_does_not_make_another_louder_than_the_programme() -> None:
    programme = ProgrammeLoudness()
    prepare_dub(speech_like(SLOT, -38.0, 2), speech_like(SLOT, -22.0, 1), programme)
    loud = speech_like(SLOT, -18.0, 3)
    prepared = prepare_dub(loud, speech_like(SLOT, -50.0, 4), programme)
    assert loudness_of(prepared) == pytest.approx(-22.0, abs=0.3)


@pytest.mark.parametrize(("original_lufs", "dub_lufs", "gain_db"), [(-12, -50, 20), (-50, -12, -20)])
def test_the_gain_is_bounded(original_lufs: float, dub_lufs: float, gain_db: float) -> None:
    dub = speech_like(SLOT, dub_lufs, 2)
    prepared = prepare_dub(dub, speech_like(SLOT, original_lufs, 1), ProgrammeLoudness())
    assert gained_db(dub, prepared) == pytest.approx(gain_db, abs=0.1)


def test_a_dub_made_louder_stays_under_the_ceiling() -> None:
    dub = speech_like(SLOT, -30.0, 2)
    dub[::9600] = 0.5
    prepared = prepare_dub(dub, speech_like(SLOT, -14.0, 1), ProgrammeLoudness(ceiling_dbtp=-3.0))
    assert true_peak_dbtp(prepared) <= -3.0
    assert len(prepared) == SLOT


def test_the_running_loudness_is_that_of_the_last_minute() -> None:
    programme = ProgrammeLoudness()
    assert programme.lufs == -np.inf
    for lufs, slots in ((-30.0, 12), (-18.0, 12)):
        for slot in range(slots):
            prepare_dub(speech_like(SLOT, -20.0, 99), speech_like(SLOT, lufs, slot), programme)
        assert programme.lufs == pytest.approx(lufs, abs=0.1)


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 10_000))
def test_over_a_programme_the_loudness_is_the_originals_and_no_edge_is_over_3_db(seed: int) -> None:
    """A minute; the dubs at any level, every third slot without one."""
    random = np.random.default_rng(seed)
    programme = ProgrammeLoudness()
    level = -23.0
    originals, parts = [], []
    for slot in range(10):
        level += random.uniform(-1.0, 1.0)
        original = speech_like(SLOT, level, seed + slot)
        originals.append(original)
        if slot % 3 == 2:
            parts.append(original_part(slot * SLOT, SLOT))
        else:
            dub = prepare_dub(speech_like(SLOT, random.uniform(-40, -12), slot), original, programme)
            parts.append(dubbed(slot * SLOT, dub))
    whole = np.concatenate(originals)
    sound = heard(Mixer(MixSettings()), whole, parts)
    assert loudness_of(sound) == pytest.approx(loudness_of(whole), abs=1.0)
    levels = [
        loudness_of(sound[at - 2 * SECOND : at + 2 * SECOND][half])
        for at in range(SLOT, 10 * SLOT, SLOT)
        for half in (slice(None, 2 * SECOND), slice(2 * SECOND, None))
    ]
    steps = np.abs(np.array(levels[::2]) - np.array(levels[1::2]))
    assert steps.max() <= 3.0


def test_in_duck_the_loudness_is_the_originals_too() -> None:
    programme = ProgrammeLoudness()
    original = speech_like(SLOT, -23.0, 1)
    dub = prepare_dub(speech_like(SLOT, -35.0, 2), original, programme)
    sound = heard(Mixer(MixSettings(mode="duck")), original, [dubbed(0, dub, *speech_of(dub, 0))])
    assert loudness_of(sound) == pytest.approx(-23.0, abs=1.0)


def test_the_dub_given_is_not_written_to() -> None:
    dub, original = speech_like(SLOT, -40.0, 2), speech_like(SLOT, -14.0, 1)
    before = dub.copy()
    dub.flags.writeable = original.flags.writeable = False
    prepare_dub(dub, original, ProgrammeLoudness())
    assert np.array_equal(dub, before)


def test_sound_with_a_broken_number_is_prepared_without_one() -> None:
    dub = stereo(np.full(SLOT, np.nan))
    assert np.isfinite(prepare_dub(dub, speech_like(SLOT, -20.0), ProgrammeLoudness())).all()
