"""Whatever ends by itself is started again, later each time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from livedub.dub.kept import keep_running
from livedub.errors import OurFault, first_cause
from media_service.orchestrator.egress.retry import FIRST_S, LONGEST_S, SETTLED_S


class Enough(Exception):
    """The test has seen what it wanted."""


class Story:
    """Lives of a program, one after the other, on a clock that nobody waits for."""

    def __init__(self, lives_s: list[float], refusals: int = 0) -> None:
        self._lives = iter(lives_s)
        self._refusals = refusals
        self.now_s = 0.0
        self.waits: list[float] = []
        self.said: list[str] = []

    async def ended(self) -> int:
        life_s = next(self._lives, None)
        if life_s is None:
            raise Enough
        self.now_s += life_s
        return 9

    async def start(self) -> None:
        if self._refusals:
            self._refusals -= 1
            raise OurFault("no room")

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now_s += seconds


def lived(story: Story) -> Story:
    async def live() -> None:
        sleep: Callable[[float], Awaitable[None]] = story.sleep
        await keep_running(
            "it", story.ended, story.start, story.said.append, clock=lambda: story.now_s, sleep=sleep
        )

    with pytest.raises(Enough):
        asyncio.run(live())
    return story


@given(st.lists(st.floats(0, SETTLED_S - 0.1), min_size=1, max_size=20))
def test_one_that_ends_soon_waits_twice_as_long_each_time_up_to_a_bound(lives_s: list[float]) -> None:
    waits = lived(Story(lives_s)).waits
    assert waits == [min(FIRST_S * 2**number, LONGEST_S) for number in range(len(lives_s))]


def test_one_that_ran_for_long_is_back_at_once() -> None:
    assert lived(Story([0, 0, 0, SETTLED_S, 0])).waits == [1, 2, 4, 1, 2]


def test_it_is_told_with_the_exit_code_and_a_start_that_fails_is_tried_again() -> None:
    story = lived(Story([5, 5], refusals=1))
    assert story.said == [
        "it ended by itself (9); it is started again",
        "it cannot be started: no room",
        "it ended by itself (9); it is started again",
    ]


@given(
    st.recursive(
        st.just(OurFault("why")), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=9
    )
)
def test_of_tasks_that_ended_together_the_first_cause_is_told(nested: object) -> None:
    def grouped(part: object) -> Exception:
        if isinstance(part, Exception):
            return part
        assert isinstance(part, list)
        return ExceptionGroup("", [grouped(each) for each in part])

    error = grouped(nested)
    told = first_cause(error) if isinstance(error, ExceptionGroup) else error
    assert isinstance(told, OurFault)
