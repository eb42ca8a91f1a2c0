"""When a fragment goes, and when not."""

from media_service.sts.actions import End, Pause, Resume
from media_service.sts.fragment import Reason

from sts_client.bench import Bench, answered, fell_back, pressure, sent, skipped


def test_numbers_count_from_zero_in_each_session() -> None:
    bench = Bench()
    assert sent(bench.offer(0, 1)) == [(0, 0), (1, 1)]
    bench.lost()
    bench.ready()
    assert sent(bench.offer(2)) == [(2, 0)]


def test_no_more_are_in_flight_than_both_sides_want() -> None:
    assert sent(Bench(max_inflight=3).offer(0, 1, 2, 3)) == [(0, 0), (1, 1), (2, 2)]
    bench = Bench(connected=False, max_inflight=3)
    bench.ready(max_inflight=2)
    assert sent(bench.offer(0, 1, 2)) == [(0, 0), (1, 1)]


def test_a_result_makes_room_for_the_next() -> None:
    bench = Bench()
    bench.offer(0, 1, 2, 3, 4)
    assert sent(bench.answer(1)) == [(3, 3)]
    assert sent(bench.fail(0, "SYNTHESIS_FAILED", retryable=False)) == [(4, 4)]


def test_a_late_one_makes_room_when_others_wait() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0)
    bench.at(5000)
    bench.offer(1)
    actions = bench.at(6000)
    assert fell_back(actions) == [(0, Reason.DEADLINE)]
    assert skipped(actions) == [0]
    assert sent(actions) == [(1, 1)]


def test_a_late_one_is_awaited_while_nobody_waits() -> None:
    bench = Bench(max_inflight=2)
    bench.offer(0)
    actions = bench.at(6500)
    bench.offer(1)
    assert skipped(actions) == []
    assert skipped(bench.actions) == []
    assert [answer.late for answer in answered(bench.answer(0))] == [True]


def test_slow_down_waits_before_each_send() -> None:
    bench = Bench()
    assert pressure(bench.press("slow_down", 500)) == [("slow_down", 500)]
    bench.at(100)
    assert sent(bench.offer(0, 1)) == []
    assert sent(bench.at(599)) == []
    assert sent(bench.at(600)) == [(0, 0)]
    assert sent(bench.at(1099)) == []
    assert sent(bench.at(1100)) == [(1, 1)]


def test_the_delay_counts_from_the_latest_word() -> None:
    bench = Bench()
    bench.press("pause", 1000)
    bench.offer(0)
    bench.at(2000)
    bench.press("slow_down", 300)
    assert sent(bench.at(2299)) == []
    assert sent(bench.at(2300)) == [(0, 0)]


def test_pause_stops_until_another_level_is_told() -> None:
    bench = Bench()
    bench.press("pause", 1000)
    bench.offer(0)
    assert sent(bench.at(3000)) == []
    assert sent(bench.press("none")) == [(0, 0)]


def test_pause_frees_the_service_of_late_work() -> None:
    bench = Bench()
    bench.offer(0)
    bench.at(6000)
    bench.press("pause")
    assert skipped(bench.offer(1)) == [0]


def test_what_the_service_held_back_falls_back_for_that_reason() -> None:
    bench = Bench()
    bench.press("pause", 1000)
    bench.offer(0)
    assert fell_back(bench.at(6000)) == [(0, Reason.BACKPRESSURE)]
    assert skipped(bench.actions) == []


def test_the_same_word_twice_is_told_once() -> None:
    bench = Bench()
    bench.press("slow_down", 500)
    assert pressure(bench.press("slow_down", 500)) == []
    assert pressure(bench.press("slow_down", 10**12)) == [("slow_down", 60_000)]


def test_a_new_session_has_no_pressure() -> None:
    bench = Bench()
    bench.press("pause", 1000)
    assert pressure(bench.lost()) == [("none", 0)]
    bench.ready()
    assert sent(bench.offer(0)) == [(0, 0)]


def test_what_is_due_is_not_sent() -> None:
    bench = Bench()
    assert fell_back(bench.offer(0, within_ms=0)) == [(0, Reason.NO_TIME)]
    assert sent(bench.actions) == []


def test_what_would_be_answered_too_late_is_not_sent() -> None:
    bench = Bench(max_inflight=2)
    for slot in range(3):
        bench.offer(slot)
        bench.at(bench.now_ms + 2000)
        bench.answer(slot)
    bench.offer(3)
    assert fell_back(bench.offer(4, within_ms=1900)) == [(4, Reason.NO_TIME)]
    assert sent(bench.offer(5, within_ms=2100)) == [(5, 4)]


def test_a_pessimistic_estimate_does_not_keep_itself_alive() -> None:
    bench = Bench(max_inflight=2)
    for slot in range(3):
        bench.offer(slot)
        bench.at(bench.now_ms + 5000)
        bench.answer(slot)
    assert sent(bench.offer(3, within_ms=1000)) == [(3, 3)], "with nothing in flight it is tried"
    bench.at(bench.now_ms + 70_000)
    bench.offer(4)
    assert sent(bench.offer(5, within_ms=1000)) == [(5, 5)], "old answers are forgotten"


def test_too_many_waiting_drop_the_oldest() -> None:
    bench = Bench(max_inflight=1, max_waiting=2)
    bench.offer(0, 1, 2)
    assert bench.dispatch.room == 0
    assert fell_back(bench.offer(3)) == [(1, Reason.OVERFLOW)]
    assert sent(bench.answer(0)) == [(2, 1)]


def test_without_a_session_a_slot_falls_back_at_once() -> None:
    assert fell_back(Bench(connected=False).offer(0)) == [(0, Reason.DISCONNECTED)]


def test_without_a_deadline_a_fragment_waits_for_the_session() -> None:
    bench = Bench(connected=False)
    assert bench.offer(0, within_ms=None) == []
    assert bench.at(100_000) == []
    assert sent(bench.ready()) == [(0, 0)]


def test_a_lost_session_gives_up_what_is_in_flight() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0, 1, within_ms=None)
    bench.offer(2)
    actions = bench.lost()
    assert fell_back(actions) == [(0, Reason.DISCONNECTED), (2, Reason.DISCONNECTED)]
    assert skipped(actions) == []
    assert sent(bench.ready()) == [(1, 0)]
    assert bench.answer(0, number=0) == [], "the old session's fragment is unknown in the new one"


def test_while_the_stream_is_paused_nothing_is_sent() -> None:
    bench = Bench()
    assert bench.did(bench.dispatch.pause("no source", bench.now_ns)) == [Pause("no source")]
    assert bench.did(bench.dispatch.pause("no source", bench.now_ns)) == []
    assert sent(bench.offer(0)) == []
    actions = bench.did(bench.dispatch.resume(bench.now_ns))
    assert actions[0] == Resume()
    assert sent(actions) == [(0, 0)]
    assert bench.did(bench.dispatch.resume(bench.now_ns)) == []


def test_a_pause_outlives_its_session() -> None:
    bench = Bench()
    bench.did(bench.dispatch.pause("no source", bench.now_ns))
    bench.lost()
    assert Pause("no source") in bench.ready()


def test_the_stream_ends_when_all_that_waited_is_sent() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0, 1)
    assert bench.did(bench.dispatch.end(bench.now_ns)) == []
    actions = bench.answer(0)
    assert sent(actions) == [(1, 1)]
    assert actions[-1] == End()
    assert fell_back(bench.offer(2)) == [(2, Reason.ENDED)]
    assert len(answered(bench.answer(1))) == 1


def test_a_paused_stream_is_resumed_to_send_what_waits_before_its_end() -> None:
    bench = Bench()
    bench.did(bench.dispatch.pause("no source", bench.now_ns))
    bench.offer(0)
    actions = bench.did(bench.dispatch.end(bench.now_ns))
    assert actions[0] == Resume()
    assert sent(actions) == [(0, 0)]
    assert actions[-1] == End()


def test_what_is_open_at_the_close_falls_back() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0, 1)
    actions = bench.did(bench.dispatch.close(bench.now_ns))
    assert fell_back(actions) == [(0, Reason.ENDED), (1, Reason.ENDED)]


def test_a_complete_stream_leaves_nothing_open() -> None:
    bench = Bench()
    bench.offer(0)
    bench.did(bench.dispatch.end(bench.now_ns))
    actions = bench.did(bench.dispatch.completed(bench.now_ns))
    assert fell_back(actions) == [(0, Reason.ENDED)]
    assert skipped(actions) == []
    assert bench.dispatch.flights.empty
