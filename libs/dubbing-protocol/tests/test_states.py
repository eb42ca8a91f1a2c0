"""The states of a session, as the page draws them."""

import pytest
from dubbing_protocol import TRANSITIONS, SessionState

ALLOWED = {
    "connected": {"active", "closed"},
    "active": {"paused", "ending", "closed"},
    "paused": {"active", "ending", "closed"},
    "ending": {"completed", "closed"},
    "completed": {"closed"},
    "closed": set(),
}


@pytest.mark.parametrize("state", SessionState)
def test_a_state_leads_where_the_page_says(state: SessionState) -> None:
    assert {following.value for following in TRANSITIONS[state]} == ALLOWED[state.value]


def test_every_state_is_on_the_page() -> None:
    assert {state.value for state in SessionState} == ALLOWED.keys() == TRANSITIONS.keys()
