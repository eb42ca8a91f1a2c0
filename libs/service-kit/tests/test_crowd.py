"""How many hold a connection."""

from hypothesis import given
from hypothesis import strategies as st
from service_kit.crowd import Crowd, address_of


def test_one_address_does_not_keep_the_others_out() -> None:
    crowd = Crowd(4, 3)
    assert [crowd.let_in("a") for _ in range(4)] == [True, True, True, False]
    assert crowd.let_in("b")
    assert not crowd.let_in("b")
    crowd.leave("a")
    assert crowd.let_in("b")


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc")), max_size=60))
def test_there_are_never_more_than_may_be_and_nobody_is_remembered(steps: list[tuple[bool, str]]) -> None:
    crowd, there = Crowd(5, 3), list[str]()
    for comes, address in steps:
        if comes and crowd.let_in(address):
            there.append(address)
        elif not comes and address in there:
            there.remove(address)
            crowd.leave(address)
        assert len(crowd) == len(there) <= 5
        assert all(there.count(each) <= 3 for each in "abc")
    for address in there:
        crowd.leave(address)
    assert len(crowd) == 0
    assert not crowd._of


def test_what_has_no_address_is_counted_under_none() -> None:
    class Nowhere:
        def get_extra_info(self, name: str) -> object:
            return None

    assert address_of(Nowhere()) == ""
