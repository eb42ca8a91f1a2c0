"""The table, the page that keeps it, and what counts as a broken promise."""

from dataclasses import replace

import pytest

from drill import report
from drill.ear import Agreement
from drill.findings import Findings
from drill.proxy import NONE
from drill.scenario import Promise, Scenario
from drill.scenarios import SCENARIOS
from drill.troubles import link
from drill.verdict import broken

FINE = Findings(
    sound_pause_ms=90,
    lack_ms=120,
    av_ms=(0.4, -0.9, 0.2),
    slots=9,
    originals=0,
    early_originals=0,
    agreement=Agreement(800, 0),
    recovery_s=0.0,
    machine_late_ms=0.0,
)
CALM = Scenario("service", "calm", "nothing", link("service", NONE))
CUT = replace(CALM, kind="cut", promise=Promise(6, originals="some", reason="it returns"))
DEAD = replace(CALM, kind="dead", promise=Promise(exit_code=10), stays=True)
GONE = replace(CALM, kind="gone", promise=Promise(6, interrupts=True, disconnects=True, originals="any"))


@pytest.mark.parametrize(
    ("scenario", "found"),
    [
        (CALM, FINE),
        (CUT, replace(FINE, originals=3, recovery_s=5.9)),
        (DEAD, replace(FINE, exit_code=10, lack_ms=20_000, av_ms=())),
        (GONE, replace(FINE, sound_pause_ms=9500, lack_ms=9500, recovery_s=5)),
        (CALM, replace(FINE, lack_ms=390, sound_pause_ms=399, machine_late_ms=200)),
    ],
)
def test_what_is_as_promised_is_kept(scenario: Scenario, found: Findings) -> None:
    assert broken(scenario, found) == []


@pytest.mark.parametrize(
    ("scenario", "found", "said"),
    [
        (CALM, replace(FINE, sound_pause_ms=210), "paused for 210 ms"),
        (CALM, replace(FINE, lack_ms=210), "lacking for 210 ms"),
        (CALM, replace(FINE, av_ms=(0.1, -6.0)), "-6.0 ms"),
        (CALM, replace(FINE, av_ms=(0.1,)), "too little was seen"),
        (CALM, replace(FINE, originals=1), "1 slots were original"),
        (CUT, FINE, "the fault was none"),
        (CUT, replace(FINE, originals=3, recovery_s=7), "recovered after 7.0 s"),
        (CALM, replace(FINE, early_originals=1), "before anything was wrong"),
        (CALM, replace(FINE, agreement=Agreement(800, 5)), "100 ms were not"),
        (CALM, replace(FINE, agreement=Agreement(9, 0)), "too little was heard"),
        (CALM, replace(FINE, problem="no dubbed slots"), "no dubbed slots"),
        (CALM, replace(FINE, exit_code=-11), "ended with -11, not None"),
        (DEAD, replace(FINE, exit_code=None), "ended with None, not 10"),
        (GONE, replace(FINE, sound_pause_ms=10_200, lack_ms=10_200, recovery_s=5), "lacking for 10200 ms"),
    ],
)
def test_what_is_not_as_promised_is_broken_and_says_why(
    scenario: Scenario, found: Findings, said: str
) -> None:
    assert len(broken(scenario, found)) == 1
    assert said in broken(scenario, found)[0]


def test_the_page_has_the_scenarios_that_exist_and_no_other() -> None:
    rows = report.rows_of(report.PAGE.read_text())
    assert [report.cells(line)[: report.STATED] for line in rows.values()] == [
        report.stated(each) for each in SCENARIOS
    ]


def test_every_promise_of_the_page_was_kept() -> None:
    rows = report.rows_of(report.PAGE.read_text())
    assert [name for name, line in rows.items() if report.cells(line)[-1] != "kept"] == []


def test_new_rows_are_written_between_the_marks_and_those_of_others_stay() -> None:
    page = f"before\n{report.BEGIN}{report.END}after\n"
    first = report.written(page, [CALM, CUT], {CUT.name: replace(FINE, originals=2, recovery_s=3)})
    both = report.written(first, [CALM, CUT], {CALM.name: FINE})
    assert list(report.rows_of(both)) == [CALM.name, CUT.name]
    assert both.startswith("before\n")
    assert both.endswith("after\n")
    assert "| 2 of 9 | 3.0 s | kept |" in both


def test_the_row_of_a_scenario_that_is_no_more_goes() -> None:
    page = f"{report.BEGIN}{report.END}"
    both = report.written(page, [CALM, CUT], {each.name: FINE for each in (CALM, CUT)})
    assert list(report.rows_of(report.written(both, [CALM], {}))) == [CALM.name]


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        report.written("nothing", [CALM], {CALM.name: FINE})
