"""Who publishes, told by hooks that come twice, late or in the wrong order."""

from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.wanted.presence import LATE_S, MOST_PAST, MOST_PRESENT, Presence


@given(
    st.lists(st.sampled_from(["ready", "gone"]), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_a_source_that_has_gone_is_gone_in_whatever_order_it_was_told(
    repeated: list[str], random: "object"
) -> None:
    # One source's two hooks, each any number of times, in any order, both at least once.
    told = [*repeated, "ready", "gone"]
    random.shuffle(told)  # type: ignore[attr-defined]
    presence = Presence()
    for now_s, what in enumerate(told):
        presence.ready("a", now_s) if what == "ready" else presence.gone("a", now_s)
    assert not presence.present


@given(st.lists(st.tuples(st.sampled_from(["ready", "gone"]), st.sampled_from("abc")), max_size=20))
def test_late_hooks_of_older_sources_never_end_a_newer_one(told: list[tuple[str, str]]) -> None:
    presence = Presence()
    assert presence.ready("newest", 0)
    for now_s, (what, source) in enumerate(told, 1):
        if what == "ready":
            presence.ready(source, now_s)
        else:
            assert not presence.gone(source, now_s)
        assert presence.present
    assert presence.left_s is None


def test_the_same_source_twice_is_no_news() -> None:
    presence = Presence()
    assert [presence.ready("a", now_s) for now_s in range(3)] == [True, False, False]
    assert [presence.gone("a", now_s) for now_s in (5, 6)] == [True, False]
    assert presence.left_s == 5


def test_a_ready_that_comes_after_its_own_not_ready_is_late() -> None:
    presence = Presence()
    presence.gone("a", 0)
    assert not presence.ready("a", LATE_S - 1)
    assert presence.ready("a", LATE_S)


def test_a_server_whose_hooks_cannot_overtake_may_use_a_number_again_at_once() -> None:
    presence = Presence()
    presence.ready("1", 0, in_order=True)
    presence.gone("1", 1)
    assert presence.ready("1", 2, in_order=True)


def test_not_ready_without_a_source_means_all() -> None:
    presence = Presence()
    presence.ready("a", 0)
    presence.ready("b", 0)
    assert presence.gone("", 1)
    assert not presence.present


def test_any_word_beats_what_was_only_believed() -> None:
    presence = Presence()
    presence.believe("a")
    assert (presence.present, presence.is_told) == (True, False)
    assert presence.gone("another", 1)
    presence.believe("a")
    assert presence.ready("b", 2)
    assert presence.gone("b", 3)
    presence.ready("c", 4)
    presence.believe("a")
    presence.doubt(5)
    assert presence.present


def test_what_is_remembered_is_bounded() -> None:
    presence = Presence()
    for number in range(1000):
        presence.ready(str(number), number)
        presence.gone(f"gone {number}", number)
    assert len(presence.known.told) == MOST_PRESENT
    assert len(presence._past) == MOST_PAST
