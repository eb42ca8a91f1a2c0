"""What holds for every programme: no dependence on the pieces, no click, no clipping, no gain above one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.mix import Mixer, MixSettings, Operator, Part, Play
from media_service.timeline.units import Sound

from mixing.signals import MS, constant, heard, noise, stereo, true_peak_dbtp

Mode = Literal["replace", "duck"]
FADE = 10 * MS
ATTACK = 80 * MS

modes: st.SearchStrategy[Mode] = st.sampled_from(["replace", "duck"])


@dataclass(frozen=True)
class Plan:
    """Of a programme, without its sound."""

    plays: list[Play]
    lengths: list[int]
    speech: list[tuple[int, int]]
    """Lane samples."""

    operators: list[tuple[int, Operator]]

    @property
    def length(self) -> int:
        return sum(self.lengths)

    def parts(self, dub: Sound) -> list[Part]:
        parts, at = [], 0
        for play, length in zip(self.plays, self.lengths, strict=True):
            sound = dub[at : at + length] if play is Play.DUB else None
            speech = tuple(span for span in self.speech if span[0] < at + length and span[1] > at)
            parts.append(Part(at, at + length, play, sound, speech))
            at += length
        return parts


def around_an_edge(lengths: list[int]) -> st.SearchStrategy[int]:
    edges = [sum(lengths[: count + 1]) for count in range(len(lengths))]
    return st.builds(lambda edge, before: edge - before, st.sampled_from(edges), st.integers(1, 2 * FADE))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    count = draw(st.integers(1, 5))
    plays = draw(st.lists(st.sampled_from(list(Play)), min_size=count, max_size=count))
    lengths = draw(st.lists(st.integers(2 * FADE, 12_000), min_size=count, max_size=count))
    inside = st.integers(0, sum(lengths) - 1) | around_an_edge(lengths)
    spans = draw(st.lists(st.tuples(inside, st.integers(1, 20_000)), max_size=4))
    choice: st.SearchStrategy[Operator] = st.sampled_from(["dub", "original", "mute"])
    operators = draw(st.lists(st.tuples(inside, choice), max_size=3, unique_by=lambda each: each[0]))
    speech = [(start, start + length) for start, length in spans]
    return Plan(plays, lengths, speech, sorted(operators))


chunk_sizes = st.lists(st.integers(1, 3000), min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(plans(), modes, chunk_sizes, st.floats(0.05, 1.5))
def test_the_result_does_not_depend_on_the_pieces(
    plan: Plan, mode: Mode, sizes: list[int], level: float
) -> None:
    original, dub = noise(plan.length, level, 1), noise(plan.length, level, 2)
    sizes = [max(size, plan.length // 200) for size in sizes]
    once, pieces = (
        heard(
            Mixer(MixSettings(mode=mode)), original, plan.parts(dub), chunks=chunks, operators=plan.operators
        )
        for chunks in ([plan.length], sizes)
    )
    assert np.array_equal(once, pieces)


@settings(max_examples=60, deadline=None)
@given(plans(), modes)
def test_no_gain_is_negative_and_none_exceeds_one(plan: Plan, mode: Mode) -> None:
    silence, level = constant(0.0, plan.length), constant(0.25, plan.length)
    gains = [
        heard(Mixer(MixSettings(mode=mode)), original, plan.parts(dub), operators=plan.operators) / 0.25
        for original, dub in ((level, silence), (silence, level))
    ]
    for gain in gains:
        assert gain.min() >= -1e-6
        assert gain.max() <= 1 + 1e-6
    if mode == "replace":
        assert (gains[0] + gains[1]).max() <= 1 + 1e-6


@settings(max_examples=60, deadline=None)
@given(plans(), modes)
def test_no_step_is_larger_than_a_fades_own(plan: Plan, mode: Mode) -> None:
    """Two constant sounds of opposite sign: what steps can only be a gain. The limiter does not act."""
    original, dub = constant(0.2, plan.length), constant(-0.2, plan.length)
    parts = plan.parts(dub)
    sound = heard(Mixer(MixSettings(mode=mode)), original, parts, operators=plan.operators)
    fade = 0.4 / FADE
    duck = 0.2 / ATTACK
    steps = np.abs(np.diff(sound[:, 0]))
    assert steps.max(initial=0.0) <= (fade + duck) * 1.01


@settings(max_examples=30, deadline=None)
@given(plans(), modes, st.floats(0.3, 3.0), st.integers(0, 1000))
def test_nothing_ever_clips(plan: Plan, mode: Mode, level: float, seed: int) -> None:
    slow = np.sin(np.arange(plan.length) / 50 + seed)
    original, dub = stereo(level * np.sign(slow)), noise(plan.length, level, seed)
    mix = MixSettings(mode=mode, duck_db=3.0)
    sound = heard(Mixer(mix), original, plan.parts(dub), operators=plan.operators)
    assert np.abs(sound).max() < 1.0
    assert true_peak_dbtp(sound) <= mix.ceiling_dbtp


@settings(max_examples=30, deadline=None)
@given(plans(), chunk_sizes)
def test_a_dub_that_is_the_original_cannot_be_told_from_it_in_replace(plan: Plan, sizes: list[int]) -> None:
    """The fades have equal gain, so the same sound on both sides stays what it was."""
    plan = Plan([play if play is not Play.SILENCE else Play.DUB for play in plan.plays], plan.lengths, [], [])
    sound = noise(plan.length, 0.05)
    sizes = [max(size, plan.length // 200) for size in sizes]
    result = heard(Mixer(MixSettings()), sound, plan.parts(sound), chunks=sizes)
    np.testing.assert_allclose(result, sound, atol=1e-6)
