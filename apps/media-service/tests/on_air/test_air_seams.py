"""No seam on air clicks, whatever each slot became, however short it is, and however late it was cut."""

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.mix import Mixer, MixSettings, Operator, Part, Play
from media_service.timeline.lane import Lane
from media_service.timeline.slots import Slot, Slots
from media_service.timeline.units import Sound
from media_service.worker.air import Air

LEVEL = 0.2
FADE, ATTACK = 480, 3840
LARGEST_STEP = 2 * LEVEL / FADE + LEVEL / ATTACK
"""From the one sound to the other within a fade, while the bed moves too."""
QUANTUM = 1 / 32767
DUCK: MixSettings = MixSettings(mode="duck")


@dataclass(frozen=True)
class Cut:
    """One slot: how much of the lane lies before it in no slot, what becomes of it, and when it is known."""

    gap: int
    length: int
    play: Play
    late: int
    """Samples by which it is cut after its first one was due; below 0: before."""
    speech: list[tuple[int, int]] = field(default_factory=list)
    """From its start."""


lengths = st.integers(1, 2 * FADE) | st.integers(FADE, 12_000)
cuts = st.builds(
    Cut,
    gap=st.just(0) | st.integers(0, 3000),
    length=lengths,
    play=st.sampled_from(Play),
    late=st.just(-24_000) | st.integers(-2 * FADE, 2 * FADE),
    speech=st.lists(st.tuples(st.integers(0, 12_000), st.integers(1, 12_000)), max_size=2),
)
operators: st.SearchStrategy[Operator] = st.sampled_from(["dub", "dub", "original", "mute"])
calls = st.lists(st.tuples(st.integers(150, 6000), operators), min_size=1, max_size=30)


def aired(planned: list[Cut], pieces: list[tuple[int, Operator]], mix: MixSettings) -> Sound:
    """The lane at one level, every dub at its opposite: what steps can only be a gain."""
    slots: Slots[Part] = Slots()
    by_start: dict[int, Cut] = {}
    waiting: list[tuple[int, int, int, Cut]] = []
    at = 0
    for one in planned:
        start, end = at + one.gap, at + one.gap + one.length
        waiting.append((start + one.late, start, end, one))
        at = end
    total = at + FADE
    lane = Lane()
    lane.lay(0, np.full((total, 2), LEVEL, np.float32), 0)
    out: list[bytes] = []

    def decide(slot: Slot) -> Part:
        one = by_start[slot.start]
        dub = np.full((slot.length, 2), -LEVEL, np.float32) if one.play is Play.DUB else None
        speech = tuple((slot.start + first, slot.start + first + length) for first, length in one.speech)
        return Part(slot.start, slot.end, one.play, dub, speech)

    air = Air(lane, slots, Mixer(mix), decide, lambda data, start, length: out.append(data))
    number = 0
    while air.position < total:
        size, operator = pieces[number % len(pieces)]
        number += 1
        # A slot is cut once its sound has come; those after it wait for it.
        while waiting and waiting[0][0] <= air.position + size:
            _, start, end, one = waiting.pop(0)
            by_start[start] = one
            slots.cut(start, end, 0)
        air.render(min(total, air.position + size), operator)
    air.flush()
    return np.frombuffer(b"".join(out), "<i2").reshape(-1, 2).astype(np.float32) / np.float32(32767)


@settings(max_examples=50, deadline=None)
@given(st.lists(cuts, min_size=1, max_size=8), calls, st.sampled_from([MixSettings(), DUCK]))
def test_no_seam_steps_further_than_a_fade(
    planned: list[Cut], pieces: list[tuple[int, Operator]], mix: MixSettings
) -> None:
    sound = aired(planned, pieces, mix)
    # The first sample of all follows nothing.
    steps = np.abs(np.diff(sound[Mixer.lag :], axis=0))
    assert steps.max(initial=0.0) <= LARGEST_STEP * 1.01 + QUANTUM


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from([Play.DUB, Play.DUB, Play.ORIGINAL]), min_size=3, max_size=8),
    st.lists(st.integers(600, 9000), min_size=8, max_size=8),
    st.lists(st.integers(150, 6000), min_size=1, max_size=5),
    st.sampled_from([MixSettings(), DUCK]),
)
def test_a_single_fault_between_two_dubs_is_faded_on_both_sides(
    plays: list[Play], sizes: list[int], pieces: list[int], mix: MixSettings
) -> None:
    planned = [Cut(0, size, play, -24_000) for play, size in zip(plays, sizes, strict=False)]
    sound = aired(planned, [(size, "dub") for size in pieces], mix)
    steps = np.abs(np.diff(sound[Mixer.lag :], axis=0))
    assert steps.max(initial=0.0) <= LARGEST_STEP * 1.01 + QUANTUM
