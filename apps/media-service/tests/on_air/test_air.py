import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.mix import Mixer, MixSettings, Operator, Part, Play
from media_service.timeline.lane import Lane
from media_service.timeline.slots import LEAD, Slot, Slots
from media_service.timeline.units import Sound, ns_of
from media_service.worker.air import Air, pcm

LOW, HIGH = 0.125, 0.25
FADE = 480


class OnAir:
    """A lane at one level and dubs at another; what is emitted, and when each slot was decided."""

    def __init__(self, length: int, edges: list[int], *, dubbed: bool = True, position: int = 0) -> None:
        self.lane = Lane()
        self.lane.lay(0, np.full((length, 2), LOW, np.float32), 0)
        self.slots: Slots[Part] = Slots()
        for start, end in itertools.pairwise(edges):
            self.slots.cut(start, end, 0)
        self.dubbed = dubbed
        self.until = position
        self.decided: list[tuple[Slot, int]] = []
        self.pieces: list[tuple[int, Sound]] = []
        self.air = Air(self.lane, self.slots, Mixer(MixSettings()), self._decide, self._emit, position)

    def render(self, until: int, operator: Operator = "dub") -> None:
        self.until = until
        self.air.render(until, operator)

    def sound(self) -> Sound:
        return np.concatenate([piece for _, piece in self.pieces])

    def _decide(self, slot: Slot) -> Part:
        self.decided.append((slot, self.until))
        if not self.dubbed:
            return Part(slot.start, slot.end, Play.ORIGINAL, None)
        dub = np.full((slot.length, 2), HIGH, np.float32)
        return Part(slot.start, slot.end, Play.DUB, dub)

    def _emit(self, data: bytes, start: int, length: int) -> None:
        sound = np.frombuffer(data, "<i2").reshape(-1, 2).astype(np.float32) / np.float32(32767)
        assert len(sound) == length
        self.pieces.append((start, sound))


def assert_contiguous(on_air: OnAir, begin: int, end: int) -> None:
    at = begin
    for start, piece in on_air.pieces:
        assert start == at
        at += len(piece)
    assert at == end


@given(
    st.lists(st.integers(600, 20_000), max_size=6),
    st.lists(st.integers(1, 9_000), min_size=1, max_size=20),
    st.sampled_from(["dub", "original", "mute"]),
    st.integers(0, 5_000),
)
@settings(max_examples=60, deadline=None)
def test_every_sample_goes_out_once_and_in_order(
    lengths: list[int], renders: list[int], operator: Operator, first: int
) -> None:
    edges = [first]
    for length in lengths:
        edges.append(edges[-1] + length)
    on_air = OnAir(edges[-1] + 100, edges)
    until = 0
    for step in renders:
        until += step
        on_air.render(until, operator)
        for slot, decided_until in on_air.decided:
            # In the first call that needs it for the fade before the slot, and in none before.
            assert decided_until > slot.start - LEAD
            assert decided_until == until or decided_until < until
    lag = Mixer.lag
    assert_contiguous(on_air, -lag, until - lag)
    on_air.air.flush()
    assert_contiguous(on_air, -lag, until)
    numbers = [slot.number for slot, _ in on_air.decided]
    due = [n for n, (start, _) in enumerate(itertools.pairwise(edges)) if start - LEAD < until]
    assert numbers == due


def test_a_slot_is_decided_in_the_render_that_reaches_its_deadline_and_not_before() -> None:
    on_air = OnAir(40_000, [20_000, 40_000])
    on_air.render(20_000 - LEAD)
    assert on_air.decided == []
    on_air.render(20_000 - LEAD + 1)
    assert len(on_air.decided) == 1


def test_the_dub_is_heard_in_its_slot_and_the_original_around_it() -> None:
    on_air = OnAir(60_000, [20_000, 40_000])
    for until in range(1920, 60_001, 1920):
        on_air.render(until)
    on_air.air.flush()
    sound = on_air.sound()[Mixer.lag :, 0]
    assert np.allclose(sound[:20_000], LOW, atol=1e-3)
    assert np.allclose(sound[20_000 + FADE : 40_000 - FADE], HIGH, atol=1e-3)
    assert np.allclose(sound[40_000:], LOW, atol=1e-3)
    assert np.abs(np.diff(sound)).max() < 1e-3


def test_dub_after_dub_is_not_faded() -> None:
    on_air = OnAir(60_000, [0, 20_000, 40_000])
    on_air.render(20_000 - LEAD)
    on_air.render(39_000)
    on_air.air.flush()
    sound = on_air.sound()[Mixer.lag :, 0]
    assert np.allclose(sound[FADE:39_000], HIGH, atol=1e-3)


def test_the_operators_choice_is_heard_within_the_render_in_which_it_is_new() -> None:
    on_air = OnAir(60_000, [0, 60_000])
    on_air.render(20_000, "dub")
    on_air.render(21_920, "original")
    on_air.render(40_000, "mute")
    on_air.air.flush()
    sound = on_air.sound()[Mixer.lag :, 0]
    assert np.allclose(sound[FADE:20_000], HIGH, atol=1e-3)
    assert np.allclose(sound[20_000 + FADE : 21_920], LOW, atol=1e-3)
    assert np.allclose(sound[21_920 + FADE : 40_000], 0, atol=1e-3)


def test_a_slot_cut_after_its_time_has_begun_is_decided_at_once() -> None:
    on_air = OnAir(30_000, [])
    on_air.render(10_000)
    on_air.slots.cut(5_000, 30_000, 0)
    on_air.render(12_000)
    assert [slot.start for slot, _ in on_air.decided] == [5_000]
    assert_contiguous(on_air, -Mixer.lag, 12_000 - Mixer.lag)


def test_what_has_gone_out_is_let_go() -> None:
    on_air = OnAir(10_000, [0, 5_000, 10_000])
    on_air.lane.lay(ns_of(10_000), np.zeros((1_000, 2), np.float32), 0)
    on_air.render(10_000)
    assert len(on_air.slots) == 0
    assert on_air.lane.held_bytes == 1_000 * 8
    on_air.render(9_000)
    assert on_air.air.position == 10_000


def test_beyond_the_lane_there_is_silence_and_no_end() -> None:
    on_air = OnAir(1_000, [], position=500)
    on_air.render(5_000)
    on_air.air.flush()
    assert_contiguous(on_air, 500 - Mixer.lag, 5_000)
    assert not on_air.sound()[Mixer.lag + 600 :].any()


def test_samples_are_clipped_and_not_wrapped() -> None:
    loud = np.array([[2.0, -2.0]], np.float32)
    assert np.frombuffer(pcm(loud), "<i2").tolist() == [32767, -32767]
