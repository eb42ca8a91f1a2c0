"""What is wanted of a stream's worker."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from media_service.orchestrator.wanted.change import HAND_OVER_S, LEAVE_S, Standing
from media_service.orchestrator.wanted.life import RECEIVING_S, Ending, Life, Rules, Step, Worker

GRACE_S = Rules().grace_s


def published(now_s: float = 0) -> Life:
    life = Life(enabled=True, pulls=False)
    life.ready("a", now_s)
    assert life.step(now_s) is Step.START
    life.started(now_s)
    return life


def test_nobody_publishes_so_nothing_starts() -> None:
    life = Life(enabled=True, pulls=False)
    assert (life.step(0), life.wake_s(0)) == (None, None)


def test_a_publisher_that_is_back_within_the_grace_finds_its_worker() -> None:
    life = published()
    life.presence.gone("a", 100)
    assert life.step(100 + GRACE_S - 0.1) is None
    assert life.wake_s(101) == 100 + GRACE_S
    life.ready("b", 100 + GRACE_S - 0.1)
    assert life.step(1000) is None


def test_a_publisher_that_stays_away_ends_its_worker() -> None:
    life = published()
    life.presence.gone("a", 100)
    assert life.step(100 + GRACE_S) is Step.STOP
    life.stopping()
    assert life.ended(0, 140) is Ending.STOPPED
    assert life.step(141) is None


def test_a_worker_that_is_seen_receiving_has_a_publisher_that_no_hook_told_of() -> None:
    life = published()
    life.presence.gone("a", 100)
    life.receiving(100 + GRACE_S - 1)
    assert life.step(100 + GRACE_S) is None
    life.receiving(100 + GRACE_S)
    assert life.presence.present
    # Its source ends, and no hook tells that either.
    assert life.ended(10, 500) is Ending.FINISHED
    assert life.step(501) is None


def test_one_that_no_longer_receives_after_the_grace_is_ended() -> None:
    life = published()
    life.presence.gone("a", 100)
    life.receiving(100 + GRACE_S - 1)
    assert life.wake_s(100 + GRACE_S) == 100 + GRACE_S - 1 + RECEIVING_S
    assert life.step(100 + GRACE_S - 1 + RECEIVING_S) is Step.STOP


def test_an_end_with_0_or_10_after_the_publisher_left_is_no_crash() -> None:
    for code in (0, 10):
        life = published()
        life.presence.gone("a", 10)
        assert life.ended(code, 20) is Ending.FINISHED
        assert life.restarts.recent(20) == 0
        assert life.step(20) is None
        life.ready("b", 21)
        assert life.step(21) is Step.START


def test_any_other_end_is_a_crash_and_is_started_again() -> None:
    for code in (0, 10, 20, 30, 70, -9, None):
        life = published()
        assert life.ended(code, 50) is Ending.CRASHED
        assert life.step(50) is None
        assert life.wake_s(50) == 50.5
        assert life.step(50.5) is Step.START


def test_a_wrong_setting_is_not_tried_again_until_somebody_does_something() -> None:
    life = published()
    life.ended(2, 1)
    assert (life.step(1e6), life.is_degraded(1e6)) == (None, True)
    life.ready("a", 1e6)
    assert life.step(1e6) is None
    life.ready("b", 1e6)
    assert life.step(1e6) is Step.START


def test_a_publisher_that_was_only_believed_in_is_doubted_when_its_worker_finds_none() -> None:
    life = Life(enabled=True, pulls=False)
    life.presence.believe("a")
    life.started(0)
    assert life.ended(10, 25) is Ending.FINISHED
    assert life.step(1000) is None


def test_an_adopted_worker_whose_publisher_nobody_knows_gets_the_grace() -> None:
    life = Life(enabled=True, pulls=False)
    life.adopted(100)
    assert life.step(100) is None
    assert life.step(100 + GRACE_S) is Step.STOP


def test_a_fetched_source_that_ends_is_finished_for_good() -> None:
    life = Life(enabled=True, pulls=True)
    life.started(0)
    assert life.ended(0, 10) is Ending.FINISHED
    assert (life.enabled, life.step(1e6)) == (False, None)
    life.start()
    assert life.step(1e6) is Step.START


def test_a_fetched_source_that_is_not_there_is_tried_again() -> None:
    life = Life(enabled=True, pulls=True)
    life.started(0)
    assert life.ended(10, 25) is Ending.CRASHED
    assert life.step(26) is Step.START


def test_a_restart_ends_the_worker_and_begins_another() -> None:
    life = published()
    life.restart()
    assert life.step(5) is Step.STOP
    life.stopping()
    assert life.step(6) is None
    assert life.ended(0, 7) is Ending.STOPPED
    assert life.step(7) is Step.START


def test_a_restart_of_what_does_not_run_is_a_fresh_start_and_no_more() -> None:
    life = published()
    life.ended(2, 1)
    life.restart()
    assert life.step(1) is Step.START
    life.started(1)
    assert life.step(2) is None


GOOD = Standing(can_hand_over=True)


def test_a_restart_on_air_starts_a_successor_and_ends_nothing() -> None:
    life = published()
    life.restart()
    assert life.step(5, GOOD) is Step.SUCCEED
    life.change.begun(5)
    assert life.step(6, GOOD) is None
    assert life.wake_s(6) == 5 + HAND_OVER_S
    assert life.ended(0, 20) is Ending.HANDED_OVER
    assert (life.worker, life.step(21, GOOD), life.restarts.recent(21)) == (Worker.RUNNING, None, 0)


def test_a_worker_that_dies_beside_its_successor_is_no_crash() -> None:
    life = published()
    life.restart()
    life.change.begun(5)
    assert life.ended(-9, 6) is Ending.HANDED_OVER
    assert life.worker is Worker.RUNNING


def test_a_successor_that_fails_makes_way_for_an_end_and_a_start() -> None:
    life = published()
    life.restart()
    life.change.begun(5)
    life.change.successor_ended()
    assert life.step(6, GOOD) is Step.STOP


def test_a_rollout_ends_nothing_that_has_no_successor() -> None:
    life = published()
    life.restart(or_stop=False)
    assert life.step(5, GOOD) is Step.SUCCEED
    life.change.begun(5)
    life.change.successor_ended()
    assert (life.step(6, GOOD), life.change.is_wanted) == (None, False)


def test_a_successor_with_a_wrong_setting_ends_nothing_either() -> None:
    life = published()
    life.restart()
    life.change.begun(5)
    life.change.successor_ended(hopeless=True)
    assert (life.step(6, GOOD), life.change.is_wanted) == (None, False)


def test_what_takes_too_long_is_forced_where_the_successor_can_go_on_and_else_given_up() -> None:
    late_s = 5 + HAND_OVER_S
    for standing, step in (
        (Standing(can_take=True), Step.FORCE),
        (Standing(has_taken=True), Step.FORCE),
        (Standing(), Step.GIVE_UP),
    ):
        life = published()
        life.restart()
        life.change.begun(5)
        assert life.step(late_s - 0.1, standing) is None
        assert life.step(late_s, standing) is step


def test_a_worker_that_stays_although_its_successor_has_the_output_is_not_waited_for_long() -> None:
    life = published()
    life.restart()
    life.change.begun(5)
    life.change.took(20)
    life.change.took(25)
    assert life.step(20 + LEAVE_S, Standing(has_taken=True)) is Step.FORCE


def test_a_publisher_that_leaves_in_the_midst_of_it_ends_it() -> None:
    life = published()
    life.restart()
    life.change.begun(5)
    life.presence.gone("a", 6)
    assert life.wake_s(6) == 6 + GRACE_S
    assert life.step(6 + GRACE_S) is Step.STOP
    life.stopping()
    assert life.ended(0, 50) is Ending.STOPPED


def test_two_found_running_go_on_with_it() -> None:
    life = published()
    life.found(running=True, successor=True, now_s=100)
    assert life.step(100) is None
    assert life.ended(0, 110) is Ending.HANDED_OVER


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, with the workers doing as they are told."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(enabled=True, pulls=False)
        self.now_s = 0.0
        self.running = 0
        self.successors = 0
        self.starts_s: list[float] = []

    @rule(source=st.sampled_from("abc"))
    def ready(self, source: str) -> None:
        self.life.ready(source, self.now_s)

    @rule(source=st.sampled_from("abc"))
    def gone(self, source: str) -> None:
        self.life.presence.gone(source, self.now_s)

    @rule(on=st.booleans())
    def operator(self, on: bool) -> None:
        self.life.start() if on else self.life.stop()

    @rule(or_stop=st.booleans())
    def restart(self, or_stop: bool) -> None:
        self.life.restart(or_stop=or_stop)

    @precondition(lambda self: self.successors)
    @rule(code=st.sampled_from([0, 2, 10, 20, -9]))
    def successor_ends(self, code: int) -> None:
        self.successors -= 1
        self.life.change.successor_ended(hopeless=code == 2)

    @precondition(lambda self: self.successors)
    @rule()
    def successor_takes(self) -> None:
        self.life.change.took(self.now_s)

    @rule(seconds=st.floats(0.01, 100))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule()
    def receives(self) -> None:
        if self.life.worker is Worker.RUNNING:
            self.life.receiving(self.now_s)

    @precondition(lambda self: self.running)
    @rule(code=st.sampled_from([0, 2, 10, 20, 30, 70, -9, None]))
    def worker_ends(self, code: int | None) -> None:
        goes_on = self.life.change.by_s is not None
        self.running -= 1
        ending = self.life.ended(code, self.now_s)
        assert (ending is Ending.HANDED_OVER) == goes_on
        if goes_on:
            self.successors -= 1
            self.running += 1

    @rule(on_air=st.booleans(), can_take=st.booleans())
    def obey(self, on_air: bool, can_take: bool) -> None:
        step = self.life.step(self.now_s, Standing(can_hand_over=on_air, can_take=can_take))
        if step is Step.START:
            self.running += 1
            self.life.started(self.now_s)
        elif step is Step.STOP:
            self.life.stopping()
            self.successors = 0
        elif step is Step.SUCCEED:
            assert on_air
            self.successors += 1
            self.life.change.begun(self.now_s)
        elif step is Step.FORCE:
            assert can_take
            self.worker_ends(-9)
        elif step is Step.GIVE_UP:
            self.successor_ends(-9)

    @invariant()
    def there_is_never_more_than_one_worker(self) -> None:
        assert self.running <= 1
        assert self.successors <= self.running
        assert bool(self.successors) == (self.life.change.by_s is not None)
        assert bool(self.running) == (self.life.worker is not Worker.NONE)

    @invariant()
    def nothing_starts_that_nobody_wants(self) -> None:
        if self.life.step(self.now_s) is Step.START:
            assert self.life.enabled
            assert self.life.presence.present
            assert not self.running

    @invariant()
    def what_was_stopped_by_hand_ends(self) -> None:
        if not self.life.enabled and self.life.worker is Worker.RUNNING:
            assert self.life.step(self.now_s) is Step.STOP

    @invariant()
    def once_all_is_quiet_it_comes_to_rest(self) -> None:
        """No step is due, so one will be at the moment that it names, or never."""
        if self.life.step(self.now_s) is None:
            wake_s = self.life.wake_s(self.now_s)
            assert wake_s is None or wake_s > self.now_s


class InTheMidst(AnyOrder):
    """The same, from the moment at which two workers run."""

    def __init__(self) -> None:
        super().__init__()
        self.life.ready("a", 0)
        self.life.started(0)
        self.life.restart()
        self.life.change.begun(0)
        self.running = self.successors = 1


for machine in (AnyOrder, InTheMidst):
    machine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
TestInTheMidst = InTheMidst.TestCase


@given(st.permutations([*"aaaa", *"bbbb"]), st.lists(st.booleans(), min_size=8, max_size=8))
def test_the_same_hooks_any_number_of_times_want_the_same(sources: list[str], ready: list[bool]) -> None:
    """Told again whole, the same story changes nothing."""
    story = list(zip(sources, ready, strict=True))

    def tell(life: Life, now_s: float) -> bool:
        for source, is_ready in story:
            life.ready(source, now_s) if is_ready else life.presence.gone(source, now_s)
        return life.presence.present

    life = Life(enabled=True, pulls=False)
    assert tell(life, 0) == tell(life, 1) == tell(life, 2)
