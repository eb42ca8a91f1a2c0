"""How much the open streams need, and whether another one fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.full.cost import GUESS
from sts_service.full.load import PROCESSOR, Load

LIMIT = 0.8
SWAY = 0.03
"""By how much costs may go up and down without anybody's being let in for that."""
SLOT_S = 6.0
costs = st.floats(0.0, 3.0)


def service(
    tried: float | None = 0.2, *, places: int = 2, cores: float = 100.0, limit: float = LIMIT
) -> Load:
    """With one stage."""
    load = Load(limit, cores)
    load.equip("asr", lambda: places, tried, is_of_machine=True)
    return load


def sends(load: Load, stream: str, cost: float, seconds: float = SLOT_S) -> None:
    """A fragment that takes `cost` seconds of work a second."""
    load.worked(stream, "asr", cost * seconds)
    load.heard(stream, seconds)


def enters(load: Load, stream: str) -> bool:
    if load.refusal(stream) is not None:
        return False
    load.enter(stream)
    return True


def filled(load: Load) -> int:
    """How many are let in until one is refused."""
    count = 0
    while enters(load, f"s{count}"):
        count += 1
        assert count < 1000
    return count


def test_as_many_are_let_in_as_the_trial_promises() -> None:
    assert filled(service(0.2, places=2)) == 8
    assert filled(service(0.2, places=1)) == 4


def test_what_they_really_cost_is_learned_from_them() -> None:
    load = service(0.4, places=2)
    assert filled(load) == 4
    for _ in range(40):
        for number in range(4):
            sends(load, f"s{number}", 0.1)
    assert load.need.resource == "asr"
    assert load.need.ratio == pytest.approx(0.2, rel=0.1)
    assert enters(load, "one more")


def test_a_stream_that_costs_more_than_the_others_takes_the_room_of_several() -> None:
    load = service(0.2, places=2)
    for name in ("dear", "cheap"):
        assert enters(load, name)
    for _ in range(20):
        sends(load, "dear", 1.2)
        sends(load, "cheap", 0.1)
    assert load.need.ratio == pytest.approx(0.6, abs=0.06)
    assert not enters(load, "third")


def test_without_a_trial_the_first_stream_teaches() -> None:
    load = service(None, places=2)
    assert filled(load) == int(LIMIT * 2 / GUESS)
    for _ in range(5):
        for number in range(2):
            sends(load, f"s{number}", 0.1)
    assert enters(load, "one more")


def test_the_processor_is_shared_by_all_whose_work_is_its() -> None:
    load = Load(LIMIT, cores=2)
    for stage in ("asr", "tts"):
        load.equip(stage, lambda: 4, 0.2, is_of_machine=True)
    load.equip("translation", lambda: 8, 0.5, is_of_machine=False)
    assert filled(load) == 4
    assert load.need.resource == PROCESSOR
    assert load.need.ratio == pytest.approx(0.8)
    assert "the processor" in str(load.refusal("one more"))


def test_an_engine_that_is_away_takes_its_room_with_it() -> None:
    running = 2
    load = Load(LIMIT, cores=100)
    load.equip("asr", lambda: running, 0.2, is_of_machine=True)
    for number in range(6):
        assert enters(load, f"s{number}")
    running = 1
    assert load.need.ratio == pytest.approx(1.2)
    assert not enters(load, "one more")


def test_a_refusal_says_how_many_run_and_why_in_one_line() -> None:
    load = service(0.2, places=2)
    count = filled(load)
    assert load.refusal("one more") == (
        f"no room: {count} streams run, and another one would take 90% of the asr engines; "
        "72% is allowed (MAX_LOAD)"
    )


def test_without_a_limit_nobody_is_refused() -> None:
    load = service(0.5, places=1, limit=0.0)
    assert all(enters(load, f"s{number}") for number in range(50))
    assert load.admits


def test_who_takes_a_stream_over_needs_no_room() -> None:
    load = service(0.2, places=1)
    assert filled(load) == 4
    assert enters(load, "s2")
    load.leave("s2")
    assert load.streams == 4
    assert not enters(load, "one more")
    load.leave("s2")
    assert load.streams == 3


def test_who_is_refused_gets_in_when_another_leaves() -> None:
    load = service(0.2, places=1)
    assert filled(load) == 4
    assert not enters(load, "waits")
    load.leave("s0")
    assert enters(load, "waits")


def test_work_for_a_stream_that_is_gone_counts_for_nobody() -> None:
    load = service(0.2)
    assert enters(load, "a")
    load.leave("a")
    sends(load, "a", 3.0)
    assert load.need.ratio == 0
    assert enters(load, "b")
    assert load.need.ratio == pytest.approx(0.1)


@given(st.lists(st.tuples(st.sampled_from("abc"), costs), max_size=60), st.none() | costs)
def test_one_alone_is_never_refused_whatever_was_before(
    history: list[tuple[str, float]], tried: float | None
) -> None:
    load = service(tried, places=1)
    for stream, cost in history:
        if enters(load, stream):
            sends(load, stream, cost)
            load.leave(stream)
    assert load.streams == 0
    assert load.refusal("a") is None


@given(st.lists(costs, min_size=2, max_size=12), st.integers(1, 8))
def test_the_load_falls_with_each_stream_that_leaves(each: list[float], places: int) -> None:
    load = service(0.2, places=places, limit=0.0)
    for number, cost in enumerate(each):
        load.enter(str(number))
        for _ in range(3):
            sends(load, str(number), cost)
    ratios = [load.need.ratio]
    for number in range(len(each)):
        load.leave(str(number))
        ratios.append(load.need.ratio)
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[-1] == 0


@given(st.floats(0.05, 1.0), st.integers(1, 4), st.lists(st.floats(-1, 1), min_size=30, max_size=60))
def test_after_a_refusal_it_does_not_sway_while_as_many_run(
    cost: float, places: int, sway: list[float]
) -> None:
    """Who asks again is refused again."""
    load = service(cost, places=places)
    count = filled(load)
    answers: list[bool] = []
    for part in sway:
        for number in range(count):
            sends(load, f"s{number}", cost * (1 + part * SWAY))
        answers.append(load.refusal("asks again") is not None)
    assert answers == [True] * len(answers)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), costs), max_size=80), st.integers(1, 3))
def test_who_is_let_in_fits_by_what_is_known(events: list[tuple[str, float]], places: int) -> None:
    load, open_now = service(0.3, places=places), set[str]()
    for stream, cost in events:
        if stream in open_now and cost > 2:
            load.leave(stream)
            open_now.discard(stream)
        elif stream in open_now:
            sends(load, stream, cost)
        else:
            others, told = load.streams, load.admits
            admitted = enters(load, stream)
            assert admitted == told
            if admitted:
                open_now.add(stream)
                assert not others or load.need.ratio <= LIMIT + 1e-9
    assert load.streams == len(open_now)


def test_the_words_for_ready() -> None:
    load = service(0.2, places=1)
    assert load.told() == {"ratio": 0.0, "of": "processor", "limit": LIMIT, "streams": 0, "admits": True}
    filled(load)
    assert load.told() == {"ratio": 0.8, "of": "asr", "limit": LIMIT, "streams": 4, "admits": False}


def test_who_waits_for_the_processor_fills_its_place_and_not_the_processor() -> None:
    """Many calls at once on few cores take long, and compute no more for that."""
    load = Load(LIMIT, cores=2)
    load.equip("asr", lambda: 8, 0.2, is_of_machine=True)
    for number in range(4):
        assert enters(load, f"s{number}")
    for _ in range(40):
        for number in range(4):
            load.worked(f"s{number}", "asr", 0.8 * SLOT_S, processor_s=0.2 * SLOT_S)
            load.heard(f"s{number}", SLOT_S)
    assert load.need.resource in (PROCESSOR, "asr")
    assert load.need.ratio == pytest.approx(0.4, rel=0.1)
