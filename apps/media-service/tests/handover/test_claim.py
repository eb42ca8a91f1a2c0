"""What a successor does next; and the two of them together, whatever is lost between them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.claim import (
    ASKING_NS,
    CHANGING_NS,
    COMMON_NS,
    CONFIRM_AHEAD_NS,
    FULL_AHEAD_NS,
    LEAVE_NS,
    PATIENCE_NS,
    SILENT_TIMES,
    Claim,
    Step,
)
from media_service.handover.promise import Phase, Promise
from media_service.timeline.units import MS_NS, SECOND_NS

DUE_NS = 5 * SECOND_NS


def asking(now_ns: int = 0) -> Claim:
    claim = Claim()
    claim.first_due(FULL_AHEAD_NS, is_ready=True, now_ns=now_ns)
    return claim


def test_it_asks_when_its_delay_is_all_but_full() -> None:
    claim = Claim()
    claim.first_due(None, is_ready=True, now_ns=0)
    claim.first_due(FULL_AHEAD_NS + 1, is_ready=True, now_ns=0)
    assert claim.step(0) is Step.FILL
    claim.first_due(FULL_AHEAD_NS, is_ready=True, now_ns=0)
    assert claim.step(0) is Step.ASK


def test_it_waits_for_its_first_dub_but_not_for_ever() -> None:
    claim = Claim()
    claim.first_due(FULL_AHEAD_NS, is_ready=False, now_ns=0)
    claim.first_due(0, is_ready=False, now_ns=PATIENCE_NS - 1)
    assert claim.step(PATIENCE_NS - 1) is Step.FILL
    claim.first_due(0, is_ready=False, now_ns=PATIENCE_NS)
    assert claim.step(PATIENCE_NS) is Step.ASK


def test_it_confirms_shortly_before_the_keyframe_and_waits_until_the_other_has_left() -> None:
    claim = asking()
    claim.agreed(DUE_NS)
    assert claim.step(0) is Step.HOLD
    assert claim.wait_ns(0) == DUE_NS - CONFIRM_AHEAD_NS
    assert claim.step(DUE_NS - CONFIRM_AHEAD_NS) is Step.CONFIRM
    claim.confirmed()
    assert claim.step(DUE_NS) is Step.AWAIT
    claim.left()
    assert claim.step(DUE_NS) is Step.TAKE
    assert not claim.is_alone


def test_it_hurries_from_its_confirmation_until_a_while_after_the_keyframe() -> None:
    claim = asking()
    assert not claim.is_changing(0)
    claim.agreed(DUE_NS)
    assert not claim.is_changing(DUE_NS)
    claim.confirmed()
    claim.left()
    assert claim.is_changing(DUE_NS + CHANGING_NS - 1)
    assert not claim.is_changing(DUE_NS + CHANGING_NS)


def test_what_was_taken_back_is_no_reason_to_hurry() -> None:
    claim = asking()
    claim.agreed(DUE_NS)
    claim.confirmed()
    claim.refused(DUE_NS)
    assert not claim.is_changing(DUE_NS)


def test_where_none_is_common_any_keyframe_is_good_after_a_while() -> None:
    claim = asking()
    claim.refused(0)
    assert claim.step(COMMON_NS) is Step.ASK
    assert claim.step(COMMON_NS + 1) is Step.ASK_ANY


def test_a_promise_that_is_taken_back_is_asked_for_anew() -> None:
    claim = asking()
    claim.agreed(DUE_NS)
    claim.refused(DUE_NS - CONFIRM_AHEAD_NS)
    assert claim.step(DUE_NS) is Step.ASK


def test_a_predecessor_that_is_gone_is_not_waited_for() -> None:
    claim = asking()
    claim.gone()
    assert claim.step(0) is Step.TAKE
    assert claim.is_alone


def test_one_that_ends_its_process_right_after_its_output_has_left() -> None:
    claim = asking()
    claim.agreed(DUE_NS)
    claim.confirmed()
    claim.gone()
    assert claim.step(DUE_NS) is Step.TAKE
    assert not claim.is_alone


def test_one_that_does_not_answer_is_asked_a_few_times() -> None:
    claim = asking()
    for _ in range(SILENT_TIMES):
        assert claim.step(0) is Step.ASK
        claim.silent(0)
    assert claim.step(0) is Step.TAKE
    assert claim.is_alone


def test_one_that_promised_and_does_not_leave_is_not_waited_for() -> None:
    claim = asking()
    claim.agreed(DUE_NS)
    claim.confirmed()
    assert claim.step(DUE_NS + LEAVE_NS) is Step.AWAIT
    assert claim.step(DUE_NS + LEAVE_NS + 1) is Step.TAKE
    assert claim.is_alone


def test_one_that_always_refuses_is_not_asked_for_ever() -> None:
    claim = asking()
    assert claim.step(ASKING_NS) is Step.ASK_ANY
    assert claim.step(ASKING_NS + 1) is Step.TAKE


@dataclass
class Pair:
    """A successor and its predecessor; what one says may be lost, and either may die or freeze."""

    luck: random.Random
    lossy: float
    dies_ns: int | None
    """the predecessor"""
    frozen_from_ns: int | None
    unwilling: float
    now: int = 0
    claim: Claim = field(default_factory=Claim)
    promise: Promise = field(default_factory=Promise)
    publishes: bool = True
    confirmed: bool = False

    def run(self) -> None:
        while (step := self._step()) is not Step.TAKE:
            self._pass(self.claim.wait_ns(self.now) + 20 * MS_NS)
            if step is Step.FILL:
                self._pass(100 * MS_NS)
            else:
                self._say(self.claim.step(self.now))

    def _step(self) -> Step:
        self.claim.first_due(FULL_AHEAD_NS, is_ready=True, now_ns=self.now)
        return self.claim.step(self.now)

    def _pass(self, ns: int) -> None:
        self.now += ns
        if self._acts:
            self.promise.tick(self.now)
            if self.promise.phase is Phase.LEAVING and self.now >= self.promise.due_ns:
                self.publishes = False
                self.promise.left()

    @property
    def _dead(self) -> bool:
        if self.dies_ns is not None and self.now >= self.dies_ns:
            self.publishes = False
            return True
        return False

    @property
    def _acts(self) -> bool:
        frozen = self.frozen_from_ns is not None and self.now >= self.frozen_from_ns
        return not self._dead and not frozen

    def _say(self, step: Step) -> None:
        claim = self.claim
        answer: Callable[[], None]
        if self._dead:
            claim.gone()
            return
        lost_before, lost_after = (self.luck.random() < self.lossy for _ in range(2))
        if not self._acts or lost_before:
            self._pass(300 * MS_NS)
            if step is not Step.AWAIT:
                claim.silent(self.now)
            return
        if step in (Step.ASK, Step.ASK_ANY):
            willing = self.luck.random() >= self.unwilling and self.promise.may_promise("s", self.now)
            if willing:
                self.promise.make("s", self.now + 1500 * MS_NS, self.now)
            answer = partial(claim.agreed, self.promise.due_ns) if willing else self._refused
        elif step is Step.CONFIRM:
            given = self.promise.confirm("s", self.now)
            self.confirmed |= given
            answer = claim.confirmed if given else self._refused
        elif step is Step.AWAIT and self.promise.phase is Phase.LEFT:
            answer = claim.left
        else:
            self._pass(200 * MS_NS)
            return
        if lost_after:
            self._pass(300 * MS_NS)
            claim.silent(self.now)
        else:
            answer()

    def _refused(self) -> None:
        self.claim.refused(self.now)


@given(
    st.randoms(use_true_random=False),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    st.one_of(st.none(), st.integers(0, 10 * SECOND_NS)),
    st.one_of(st.none(), st.integers(0, 10 * SECOND_NS)),
    st.sampled_from([0.0, 0.3, 1.0]),
)
def test_whatever_happens_the_output_is_taken_in_the_end_and_at_its_word_only_when_it_is_free(
    luck: random.Random, lossy: float, dies_ns: int | None, frozen_ns: int | None, unwilling: float
) -> None:
    pair = Pair(luck, lossy, dies_ns, frozen_ns, unwilling)
    pair.run()
    assert pair.now <= ASKING_NS + LEAVE_NS + 10 * SECOND_NS
    if not pair.claim.is_alone:
        assert not pair.publishes
    if not pair.publishes and dies_ns is None:
        assert pair.confirmed


def test_two_in_good_health_agree() -> None:
    pair = Pair(random.Random(1), 0.0, None, None, 0.0)
    pair.run()
    assert not pair.claim.is_alone
    assert not pair.publishes
