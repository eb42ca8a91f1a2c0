"""Any bytes at all, and the kept ones with a few bytes changed: hypothesis in the place of libFuzzer."""

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.campaign import CORPUS
from fuzz.targets import NAMES, load

EXAMPLES = {"secrets": 12, "segments": 12, "environment": 12, "hooks": 12}
"""Of the slower ones; of the others:"""
OTHERWISE = 25
QUICK = settings(database=None, suppress_health_check=list(HealthCheck))


@cache
def kept(name: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_are_taken_in_order(name: str) -> None:
    target = load(name)

    @settings(QUICK, max_examples=EXAMPLES.get(name, OTHERWISE))
    @given(st.binary(max_size=300))
    def play(data: bytes) -> None:
        target.one(data)

    play()


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_one_with_some_bytes_changed_is_taken_in_order(name: str) -> None:
    target, whole = load(name), kept(name)
    change = st.tuples(st.integers(0, 10_000), st.binary(max_size=4), st.integers(0, 8))

    @settings(QUICK, max_examples=EXAMPLES.get(name, OTHERWISE))
    @given(st.integers(0, len(whole) - 1), st.lists(change, min_size=1, max_size=4))
    def play(which: int, changes: list[tuple[int, bytes, int]]) -> None:
        data = whole[which]
        for place, put, taken in changes:
            at = place % (len(data) + 1)
            data = data[:at] + put + data[at + taken :]
        target.one(data)

    play()
