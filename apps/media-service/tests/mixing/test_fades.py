"""Where each sound is heard: slots, fades, and the operator's choice. Constant sounds show the gains."""

import numpy as np
import pytest
from media_service.mix import Mixer, MixSettings, Operator, Part, Play
from media_service.mix.fade import Scene, scene_of

from mixing.signals import MS, SECOND, constant, dubbed, heard, noise, original_part, silent_part

ORIGINAL = 0.1
DUB = -0.2
FADE = 10 * MS
PART = SECOND // 10

original = constant(ORIGINAL, 4 * PART)
dub = constant(DUB, PART)
rising = (np.arange(FADE) / FADE)[:, np.newaxis]


def replace(parts: list[Part], operators: list[tuple[int, Operator]] | None = None) -> np.ndarray:
    length = parts[-1].end - parts[0].start
    return heard(Mixer(MixSettings()), original[:length], parts, operators=operators or [])


def test_a_part_that_plays_the_original_is_the_original_bit_by_bit() -> None:
    source = noise(PART, 0.05)
    assert np.array_equal(heard(Mixer(MixSettings()), source, [original_part(0, PART)]), source)


def test_a_part_that_plays_the_dub_is_the_dub_bit_by_bit() -> None:
    voice = noise(PART, 0.05)
    assert np.array_equal(heard(Mixer(MixSettings()), original[:PART], [dubbed(0, voice)]), voice)


def test_the_dub_enters_in_the_first_10_ms_of_its_part() -> None:
    sound = replace([original_part(0, PART), dubbed(PART, dub)])
    assert np.all(sound[:PART] == np.float32(ORIGINAL))
    expected = ORIGINAL + (DUB - ORIGINAL) * rising
    np.testing.assert_allclose(sound[PART : PART + FADE], np.repeat(expected, 2, axis=1), atol=1e-6)
    assert np.all(sound[PART + FADE :] == np.float32(DUB))


def test_the_dub_leaves_in_the_last_10_ms_of_its_part() -> None:
    sound = replace([dubbed(0, dub), original_part(PART, PART)])
    assert np.all(sound[: PART - FADE] == np.float32(DUB))
    expected = DUB + (ORIGINAL - DUB) * rising
    np.testing.assert_allclose(sound[PART - FADE : PART], np.repeat(expected, 2, axis=1), atol=1e-6)
    assert np.all(sound[PART:] == np.float32(ORIGINAL))


def test_a_dub_after_a_dub_has_no_fade() -> None:
    louder = constant(-0.3, PART)
    sound = replace([dubbed(0, dub), dubbed(PART, louder)])
    assert np.array_equal(sound, np.concatenate((dub, louder)))


def test_silence_is_silent_and_is_entered_and_left_by_fades() -> None:
    sound = replace([original_part(0, PART), silent_part(PART, PART), original_part(2 * PART, PART)])
    assert np.all(sound[PART + FADE : 2 * PART] == 0.0)
    np.testing.assert_allclose(sound[PART : PART + FADE, :1], ORIGINAL * (1 - rising), atol=1e-6)
    np.testing.assert_allclose(sound[2 * PART : 2 * PART + FADE, :1], ORIGINAL * rising, atol=1e-6)
    assert np.all(sound[2 * PART + FADE :] == np.float32(ORIGINAL))


def test_the_dub_is_gone_when_silence_follows() -> None:
    sound = replace([dubbed(0, dub), silent_part(PART, PART)])
    np.testing.assert_allclose(sound[PART - FADE : PART, :1], DUB * (1 - rising), atol=1e-6)
    assert np.all(sound[PART:] == 0.0)


@pytest.mark.parametrize("late_by", [1, FADE // 2, FADE])
def test_after_a_late_decision_the_last_sample_of_the_dub_fades_in_the_next_part(
    late_by: int,
) -> None:
    mixer = Mixer(MixSettings())
    voice = dub.copy()
    voice[: PART - 2 * FADE] = 0.05
    part, after = dubbed(0, voice), original_part(PART, PART)
    known = PART - FADE + late_by
    pieces = [
        mixer.render(0, original[:known], part, None, "dub"),
        mixer.render(known, original[known:PART], part, Play.ORIGINAL, "dub"),
        mixer.render(PART, original[:PART], after, None, "dub"),
        mixer.flush(),
    ]
    sound = np.concatenate(pieces)[mixer.lag :]
    assert np.all(sound[PART - 2 * FADE : known + 1] == np.float32(DUB))
    np.testing.assert_allclose(sound[known : known + FADE, :1], DUB + (ORIGINAL - DUB) * rising, atol=1e-6)
    assert np.all(sound[known + FADE :] == np.float32(ORIGINAL))


def test_a_choice_in_the_last_moment_of_a_dub_fades_as_long_as_any_other() -> None:
    at = PART - 48
    sound = replace([dubbed(0, dub), silent_part(PART, PART)], [(0, "original"), (at, "dub")])
    np.testing.assert_allclose(sound[at : at + FADE, :1], ORIGINAL * (1 - rising), atol=1e-6)


@pytest.mark.parametrize(
    ("choice", "level"), [("original", ORIGINAL), ("mute", 0.0)], ids=["original", "mute"]
)
def test_the_operators_choice_is_heard_from_the_sample_of_the_call_on(choice: Operator, level: float) -> None:
    at, back = 1111, 3333
    sound = replace([dubbed(0, dub)], [(at, choice), (back, "dub")])
    assert np.all(sound[: at + 1] == np.float32(DUB))
    np.testing.assert_allclose(sound[at : at + FADE, :1], DUB + (level - DUB) * rising, atol=1e-6)
    np.testing.assert_allclose(sound[at + FADE : back + 1], level, atol=1e-7)
    np.testing.assert_allclose(sound[back : back + FADE, :1], level + (DUB - level) * rising, atol=1e-6)
    assert np.all(sound[back + FADE :] == np.float32(DUB))


def test_a_choice_that_changes_during_a_fade_starts_from_where_the_fade_is() -> None:
    at, half = 1000, 1000 + FADE // 2
    sound = replace([dubbed(0, dub)], [(at, "original"), (half, "dub")])
    middle = (DUB + ORIGINAL) / 2
    np.testing.assert_allclose(sound[half], middle, atol=1e-6)
    np.testing.assert_allclose(sound[half : half + FADE, :1], middle + (DUB - middle) * rising, atol=1e-6)


def test_original_by_the_operators_choice_needs_no_fade_at_the_edges_of_parts() -> None:
    parts = [dubbed(0, dub), original_part(PART, PART), silent_part(2 * PART, PART), dubbed(3 * PART, dub)]
    assert np.array_equal(replace(parts, [(0, "original")]), original)


def test_mute_leaves_parts_that_play_the_original() -> None:
    sound = replace([dubbed(0, dub), original_part(PART, PART)], [(0, "mute")])
    assert np.all(sound[:PART] == 0.0)
    assert np.all(sound[PART + FADE :] == np.float32(ORIGINAL))


def test_the_mixture_for_each_decision_and_choice_is_the_documented_one() -> None:
    choices: tuple[Operator, ...] = ("dub", "mute")
    full, bed, nothing = Scene(1, 0, 0), Scene(0, 1, 0), Scene(0, 0, 0)
    voice, over = Scene(0, 0, 1), Scene(0, 1, 1)
    assert [scene_of(Play.DUB, choice, "replace") for choice in choices] == [voice, nothing]
    assert [scene_of(Play.DUB, choice, "duck") for choice in choices] == [over, bed]
    for play in Play:
        assert scene_of(play, "original", "duck") == full
    for choice in choices:
        assert scene_of(Play.ORIGINAL, choice, "duck") == full
        assert scene_of(Play.SILENCE, choice, "duck") == nothing


def test_the_lag_is_constant_and_flush_gives_the_rest() -> None:
    source = noise(PART, 0.05)
    mixer = Mixer(MixSettings())
    part = original_part(0, PART)
    pieces = [mixer.render(at, source[at : at + 7], part, None, "dub") for at in range(0, 700, 7)]
    sound = np.concatenate([*pieces, mixer.flush()])
    assert [len(piece) for piece in pieces] == [7] * 100
    assert len(sound) == 700 + mixer.lag
    assert np.all(sound[: mixer.lag] == 0.0)
    assert np.array_equal(sound[mixer.lag :], source[:700])


def test_an_empty_call_gives_an_empty_sound() -> None:
    mixer = Mixer(MixSettings())
    assert mixer.render(0, original[:0], original_part(0, PART), None, "dub").shape == (0, 2)


def test_a_call_that_does_not_continue_the_last_one_is_refused() -> None:
    mixer = Mixer(MixSettings())
    part = original_part(0, PART)
    mixer.render(0, original[:100], part, None, "dub")
    with pytest.raises(ValueError, match="continue"):
        mixer.render(101, original[:100], part, None, "dub")


@pytest.mark.parametrize(("start", "length"), [(-1, 10), (PART - 5, 10)])
def test_a_call_outside_its_part_is_refused(start: int, length: int) -> None:
    with pytest.raises(ValueError, match="inside"):
        Mixer(MixSettings()).render(start, original[:length], original_part(0, PART), None, "dub")


def test_a_part_whose_dub_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="without a dub"):
        Part(0, PART, Play.DUB, None)
    with pytest.raises(ValueError, match="shape"):
        Part(0, PART + 1, Play.DUB, dub)
    with pytest.raises(ValueError, match="samples"):
        Part(5, 5, Play.ORIGINAL, None)
