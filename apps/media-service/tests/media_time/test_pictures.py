from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from media_service.timeline.pictures import Pictures
from media_service.timeline.units import MS_NS, SECOND_NS


@dataclass(frozen=True)
class Unit:
    number: int
    size: int = 10
    key: bool = False


def queue(*, most_ns: int = 100 * SECOND_NS, most_bytes: int = 1 << 40) -> Pictures[Unit]:
    return Pictures(most_ns, most_bytes)


def test_pictures_leave_when_they_are_due_and_not_before() -> None:
    pictures = queue()
    for number in range(10):
        assert pictures.put(number * 40 * MS_NS, Unit(number, key=number == 0)) == 0
    assert pictures.due(-1) == []
    assert [unit.number for _, unit in pictures.due(120 * MS_NS)] == [0, 1, 2, 3]
    assert [time for time, _ in pictures.due(160 * MS_NS)] == [160 * MS_NS]
    assert len(pictures) == 5
    assert pictures.held_bytes == 50


def test_past_its_bound_in_bytes_the_oldest_group_goes() -> None:
    pictures = queue(most_bytes=120)
    for number in range(12):
        pictures.put(number, Unit(number, key=number % 4 == 0))
    assert pictures.put(12, Unit(12, key=True)) == 4
    assert pictures.dropped == 4
    left = [unit for _, unit in pictures.due(100)]
    assert left[0] == Unit(4, key=True)
    assert left[-1].number == 12


def test_past_its_bound_in_time_the_oldest_group_goes() -> None:
    pictures = queue(most_ns=2 * SECOND_NS)
    for number in range(50):
        pictures.put(number * 40 * MS_NS, Unit(number, key=number % 10 == 0))
    assert pictures.dropped == 0
    assert pictures.put(2 * SECOND_NS, Unit(50)) == 0
    assert pictures.put(2 * SECOND_NS + 1, Unit(51)) == 10
    assert pictures.due(10 * SECOND_NS)[0][1].number == 10


def test_the_newest_picture_stays_however_large_it_is() -> None:
    pictures = queue(most_bytes=100)
    pictures.put(0, Unit(0, key=True))
    assert pictures.put(1, Unit(1, size=1000)) == 1
    assert pictures.put(2, Unit(2, size=2000, key=True)) == 1
    assert [unit.number for _, unit in pictures.due(9)] == [2]
    assert pictures.held_bytes == 0


STEPS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(1, 400), st.booleans(), st.integers(0, 30)), max_size=80
)


@given(STEPS, st.integers(1, 2000), st.integers(1, 3000))
def test_whole_groups_go_oldest_first_and_every_byte_is_counted(
    steps: list[tuple[int, int, bool, int]], most_bytes: int, most_ns: int
) -> None:
    pictures = queue(most_ns=most_ns, most_bytes=most_bytes)
    model: list[tuple[int, Unit]] = []
    now = gone_in_all = 0
    for number, (step, size, key, wait) in enumerate(steps):
        now += step
        unit = Unit(number, size, key)
        model.append((now, unit))
        gone = pictures.put(now, unit)
        while len(model) > 1 and (sum(u.size for _, u in model) > most_bytes or now - model[0][0] > most_ns):
            group = next((at for at, (_, u) in enumerate(model) if at and u.key), len(model) - 1)
            gone -= group
            gone_in_all += group
            model = model[group:]
        assert gone == 0
        assert pictures.dropped == gone_in_all
        assert pictures.held_bytes == sum(u.size for _, u in model)
        assert len(pictures) == len(model)
        assert model[-1][1] is unit
        if wait < 5:
            due = now - wait * 50
            assert pictures.due(due) == [pair for pair in model if pair[0] <= due]
            model = [pair for pair in model if pair[0] > due]
            assert pictures.held_bytes == sum(u.size for _, u in model)
