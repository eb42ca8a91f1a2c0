"""The checks of `promises` can fail: each defect is noticed, by the check and not by luck."""

import random
from collections.abc import Iterator

import pytest
from sts_service.server.flow import Thresholds

from unit.defects import DEFECTS
from unit.promises import Broken
from unit.steps import STEPS, Setup, Step
from unit.world import live

WORLDS = 60


def worlds() -> Iterator[tuple[Setup, list[Step]]]:
    for seed in range(WORLDS):
        chance = random.Random(seed)
        setup = Setup(
            thresholds=chance.choice([Thresholds(), Thresholds(1, 2, 4, 6)]),
            max_inflight=chance.choice([2, 3, 10]),
            timeout_ms=chance.choice([1000, 8000]),
            queue_max_depth=chance.choice([400, 8]),
            rate_per_min=chance.choice([600, 15]),
            streams=1 + seed % 3,
        )
        yield setup, [Step.of(chance.randrange(STEPS)) for _ in range(100)]


def test_the_session_as_it_is_keeps_its_promises_in_these_worlds() -> None:
    for setup, steps in worlds():
        live(setup, steps)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_noticed(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DEFECTS[defect](monkeypatch)

    def notice() -> None:
        for setup, steps in worlds():
            live(setup, steps)

    with pytest.raises(Broken):
        notice()
