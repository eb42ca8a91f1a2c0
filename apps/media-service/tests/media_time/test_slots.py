import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.timeline.slots import LEAD, Slots
from media_service.timeline.units import MS_NS, samples_of


def test_a_slot_is_decided_ten_milliseconds_before_its_first_sample() -> None:
    slots: Slots[str] = Slots()
    slot = slots.cut(10_000, 20_000, 0)
    assert samples_of(10 * MS_NS) == LEAD
    assert list(slots.due(10_000 - LEAD)) == []
    assert list(slots.due(10_000 - LEAD + 1)) == [slot]


def test_a_decision_is_taken_once() -> None:
    slots: Slots[str] = Slots()
    slot = slots.cut(0, 100, 0)
    assert not slots.decided(slot)
    assert slots.decision(slot) is None
    slots.decide(slot, "dub")
    assert slots.decided(slot)
    assert slots.decision(slot) == "dub"
    assert list(slots.due(1 << 40)) == []
    with pytest.raises(ValueError, match="decided"):
        slots.decide(slot, "original")
    assert slots.decision(slot) == "dub"


def test_a_slot_that_overlaps_the_one_before_is_refused() -> None:
    slots: Slots[str] = Slots()
    slots.cut(0, 100, 0)
    for start, end in [(99, 200), (100, 100), (200, 150)]:
        with pytest.raises(ValueError, match="follow"):
            slots.cut(start, end, 0)
    assert slots.cut(100, 200, 0).number == 1


def test_slots_are_found_by_position() -> None:
    slots: Slots[str] = Slots()
    assert slots.at(0) == (None, None)
    one, two = slots.cut(100, 200, 0), slots.cut(250, 300, 1)
    assert slots.at(99) == (None, 100)
    assert slots.at(100) == (one, 200)
    assert slots.at(199) == (one, 200)
    assert slots.at(200) == (None, 250)
    assert slots.at(250) == (two, 300)
    assert slots.at(300) == (None, None)
    assert slots.after(250) == two
    assert slots.after(200) is None
    assert (one.length, two.epoch) == (100, 1)


def test_a_slot_that_has_played_out_counts_as_decided() -> None:
    slots: Slots[str] = Slots()
    slot = slots.cut(0, 100, 0)
    slots.forget(99)
    assert len(slots) == 1
    slots.forget(100)
    assert len(slots) == 0
    assert slots.decided(slot)
    assert slots.decision(slot) is None
    assert slots.cut(100, 200, 0).number == 1
    assert slots.decided(slot)


@given(st.lists(st.tuples(st.sampled_from([0, 0, 0, 500]), st.integers(1, 5000)), max_size=30), st.data())
def test_slots_tile_and_come_due_in_order(pieces: list[tuple[int, int]], data: st.DataObject) -> None:
    slots: Slots[int] = Slots()
    end, made = 0, []
    for gap, length in pieces:
        made.append(slots.cut(end + gap, end + gap + length, 0))
        end += gap + length
    assert list(slots) == made
    seen, position = [], 0
    while position < end:
        position += data.draw(st.integers(1, 4000))
        for slot in slots.due(position):
            assert slot.start - LEAD < position
            slots.decide(slot, slot.number)
            seen.append(slot)
        assert all(slots.decided(slot) for slot in made if slot.start - LEAD < position)
        slots.forget(position)
        assert all(slot.end > position for slot in slots)
    assert seen == made
    assert [slot.number for slot in seen] == list(range(len(made)))
    assert len(slots._decisions) == len(slots)
