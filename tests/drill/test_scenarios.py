"""What is promised is kept: the drill's short form, and one scenario of it in every run of the tests."""

from collections.abc import Callable

import pytest

from drill import report
from drill.findings import Findings
from drill.scenario import SIDES, Scenario
from drill.scenarios import SCENARIOS
from drill.verdict import broken

QUICK = "service: immediate fallback"
"""Original and dub, two sessions, and everything in between."""
SHORT = [
    pytest.param(each, id=each.name, marks=() if each.name == QUICK else pytest.mark.slow)
    for each in SCENARIOS
    if each.short
]


@pytest.mark.parametrize("scenario", SHORT)
def test_what_is_promised_is_kept(
    scenario: Scenario, drilled: dict[str, Findings], record_property: Callable[[str, object], None]
) -> None:
    found = drilled[scenario.name]
    record_property("figures of the fault drill", report.line(scenario, found))
    assert broken(scenario, found) == []


def test_every_name_is_that_of_one_scenario() -> None:
    names = [each.name for each in SCENARIOS]
    assert len(set(names)) == len(names)


def test_every_side_has_its_scenarios_and_one_in_the_short_form() -> None:
    assert {each.side for each in SCENARIOS} == {each.side for each in SCENARIOS if each.short} == set(SIDES)


def test_the_quick_one_is_one_of_the_short_form() -> None:
    assert QUICK in {each.name for each in SCENARIOS if each.short}
