"""Random sessions on one server keep every promise of the page."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sts_service.server.flow import Thresholds

from unit.steps import KINDS, STEPS, Setup, Step
from unit.world import live

WANTED_STEPS = 20_000
WORLDS = 400
SHORTEST = 50

thresholds = st.one_of(
    st.just(Thresholds()),
    st.tuples(st.integers(2, 5), st.integers(1, 4), st.integers(0, 3)).map(
        lambda rise: Thresholds(1, rise[0], rise[0] + rise[1], sum(rise))
    ),
)
setups = st.builds(
    Setup,
    thresholds=thresholds,
    max_inflight=st.integers(1, 10),
    timeout_ms=st.sampled_from([1000, 1001, 8000, 30_000]),
    queue_max_depth=st.sampled_from([400, 12, 5]),
    rate_per_min=st.sampled_from([600, 600, 15]),
    streams=st.integers(1, 3),
)
steps = st.integers(0, STEPS - 1).map(Step.of)


@pytest.mark.timeout(600)
def test_random_sessions_keep_every_promise_over_20_000_steps() -> None:
    taken: Counter[str] = Counter()

    @settings(
        max_examples=WORLDS,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(setups, st.lists(steps, min_size=SHORTEST, max_size=2 * SHORTEST))
    def keep_every_promise(setup: Setup, steps: list[Step]) -> None:
        live(setup, steps)
        taken.update(step.kind for step in steps)

    keep_every_promise()
    assert taken.total() >= WANTED_STEPS, f"only {taken.total()} steps"
    assert taken.keys() == set(KINDS), "a kind of step never came"
