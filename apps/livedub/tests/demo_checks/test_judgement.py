"""Each check passes or fails by its own figures, and says them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livedub.demo import checks
from livedub.demo.checks import Dub, Measured, Played, Transcript, judge

PLAYED = Played(
    watched_s=60, pieces=30, advances=30, decoded_s=60, pictures=1500, undecodable=0, breaks=0, failures=0
)
DUB = Dub(frames=1200, sound_late_ms=0.3, heard_s=50, dub_s=40, dub_dbfs=-21, voice_share=0.95)
GOOD = Measured(
    page_status=200,
    page_bytes=4000,
    original=PLAYED,
    dubbed=PLAYED,
    preview=DUB,
    apart_ms=1.0,
    output=DUB,
    transcript=Transcript(sentences=12, words=100, events_s=60),
)
NAMES = [
    *("page", "original plays", "dub plays", "dub speaks", "in sync"),
    *("transcript moves", "output speaks"),
]


def failed(measured: Measured) -> set[str]:
    return {check.name for check in judge(measured) if not check.passed}


def test_a_good_run_passes_every_check() -> None:
    assert [check.name for check in judge(GOOD)] == NAMES
    assert failed(GOOD) == set()


def worse(part: Any, **values: Any) -> Any:
    return replace(part, **values)


@pytest.mark.parametrize(
    ("measured", "fails"),
    [
        (worse(GOOD, page_status=None), {"page"}),
        (worse(GOOD, page_status=404), {"page"}),
        (worse(GOOD, page_bytes=0), {"page"}),
        (worse(GOOD, original=worse(PLAYED, advances=2)), {"original plays"}),
        (worse(GOOD, original=worse(PLAYED, undecodable=1)), {"original plays"}),
        (worse(GOOD, dubbed=worse(PLAYED, decoded_s=30)), {"dub plays"}),
        (worse(GOOD, dubbed=worse(PLAYED, pictures=0)), {"dub plays"}),
        (worse(GOOD, dubbed=worse(PLAYED, failures=1)), {"dub plays"}),
        (worse(GOOD, dubbed=worse(PLAYED, breaks=1)), {"dub plays"}),
        (worse(GOOD, preview=worse(DUB, dub_s=0.0, dub_dbfs=float("-inf"))), {"dub speaks"}),
        (worse(GOOD, preview=worse(DUB, voice_share=0.1)), {"dub speaks"}),
        (worse(GOOD, preview=worse(DUB, dub_dbfs=-50)), {"dub speaks"}),
        (worse(GOOD, preview=worse(DUB, sound_late_ms=60)), {"in sync"}),
        (worse(GOOD, apart_ms=-400), {"in sync"}),
        (worse(GOOD, apart_ms=None), {"in sync"}),
        (worse(GOOD, preview=None), {"dub speaks", "in sync"}),
        (worse(GOOD, transcript=Transcript(1, 9, 60)), {"transcript moves"}),
        (worse(GOOD, output=None), {"output speaks"}),
        (worse(GOOD, output=worse(DUB, dub_s=1.0)), {"output speaks"}),
    ],
)
def test_what_is_not_good_enough_fails_its_own_check_only(measured: Measured, fails: set[str]) -> None:
    assert failed(measured) == fails


@given(late_ms=st.floats(-500, 500), apart_ms=st.floats(-2000, 2000))
def test_sync_is_judged_by_both_figures_either_way(late_ms: float, apart_ms: float) -> None:
    measured = replace(GOOD, preview=replace(DUB, sound_late_ms=late_ms), apart_ms=apart_ms)
    good = abs(late_ms) <= checks.MOST_LATE_MS and abs(apart_ms) <= checks.MOST_APART_MS
    assert failed(measured) == (set() if good else {"in sync"})


@given(
    watched_s=st.floats(0, 4000),
    advances=st.integers(0, 2000),
    decoded_s=st.floats(0, 4000),
    counts=st.tuples(*[st.integers(0, 3)] * 3),
)
def test_a_check_is_a_line_with_its_figures(
    watched_s: float, advances: int, decoded_s: float, counts: tuple[int, int, int]
) -> None:
    played = replace(
        PLAYED,
        watched_s=watched_s,
        advances=advances,
        decoded_s=decoded_s,
        **dict(zip(("undecodable", "breaks", "failures"), counts, strict=True)),
    )
    (check,) = (check for check in judge(replace(GOOD, dubbed=played)) if check.name == "dub plays")
    assert "\n" not in check.line()
    assert check.line().startswith("ok " if check.passed else "FAILED ")
    assert f"{decoded_s:.1f} s of {watched_s:.1f} s" in check.line()
    if any(counts):
        assert not check.passed
