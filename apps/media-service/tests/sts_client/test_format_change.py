"""A source that changes its audio format gets a new session."""

from media_service.sts.actions import Action, Renew
from media_service.sts.fragment import Reason

from sts_client.bench import MS_NS, Bench, fell_back, sent, skipped


def change(bench: Bench) -> list[Action]:
    return bench.did(bench.dispatch.change(3, 8000 * MS_NS, bench.now_ns))


def test_with_nothing_in_flight_the_session_is_renewed_at_once() -> None:
    bench = Bench()
    assert change(bench) == [Renew()]
    assert bench.offer(0) == [], "it waits for the new session"
    assert sent(bench.ready()) == [(0, 0)]


def test_what_was_offered_before_is_finished_first() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0, 1)
    assert change(bench) == []
    bench.offer(2)
    assert sent(bench.answer(0)) == [(1, 1)]
    assert bench.answer(1)[-1] == Renew()
    assert sent(bench.ready()) == [(2, 0)]


def test_late_answers_are_not_awaited() -> None:
    bench = Bench()
    bench.offer(0)
    bench.at(6000)
    actions = change(bench)
    assert skipped(actions) == [0]
    assert actions[-1] == Renew()


def test_the_new_ones_fall_back_when_the_new_session_cannot_be_had() -> None:
    bench = Bench()
    change(bench)
    bench.offer(0)
    assert fell_back(bench.lost()) == [(0, Reason.DISCONNECTED)]
    assert fell_back(bench.offer(1)) == [(1, Reason.DISCONNECTED)]


def test_the_new_ones_keep_their_deadlines() -> None:
    bench = Bench()
    change(bench)
    bench.offer(0)
    assert fell_back(bench.at(6000)) == [(0, Reason.NO_TIME)]


def test_two_changes_in_a_row_make_one_new_session() -> None:
    bench = Bench()
    bench.offer(0)
    change(bench)
    bench.offer(1, within_ms=None)
    change(bench)
    bench.offer(2)
    assert bench.answer(0)[-1] == Renew()
    actions = bench.ready()
    assert fell_back(actions) == [(1, Reason.ENDED)]
    assert sent(actions) == [(2, 0)]


def test_without_a_session_what_waits_in_the_old_format_falls_back() -> None:
    bench = Bench(connected=False)
    bench.offer(0, within_ms=None)
    assert fell_back(change(bench)) == [(0, Reason.ENDED)]
    bench.offer(1, within_ms=None)
    assert sent(bench.ready()) == [(1, 0)]


def test_a_session_lost_while_the_old_is_finished_forgets_the_old() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0, 1, within_ms=None)
    change(bench)
    bench.offer(2, within_ms=None)
    assert fell_back(bench.lost()) == [(0, Reason.DISCONNECTED), (1, Reason.DISCONNECTED)]
    assert sent(bench.ready()) == [(2, 0)]
