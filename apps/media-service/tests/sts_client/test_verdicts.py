"""What becomes of each slot, and what the service is told of it."""

import pytest
from media_service.sts.actions import Resume
from media_service.sts.fragment import Reason

from sts_client.bench import (
    Bench,
    acked,
    answered,
    breaker,
    fallbacks,
    fell_back,
    sent,
    skipped,
)


def test_an_answer_in_time_tells_its_margin_and_round_trip() -> None:
    bench = Bench()
    bench.offer(0)
    bench.at(1500)
    [answer] = answered(bench.answer(0, status="partial"))
    assert (answer.slot, answer.status, answer.audio, answer.late) == (0, "partial", b"dub", False)
    assert (answer.rtt_ms, answer.margin_ms) == (1500, 4500)
    assert (answer.segments, answer.stage_timings) == (((0, 500, "said"),), {"asr_ms": 3})


def test_without_a_deadline_there_is_no_margin() -> None:
    bench = Bench()
    bench.offer(0, within_ms=None)
    assert answered(bench.answer(0))[0].margin_ms is None


def test_a_dub_that_went_on_air_is_acknowledged_applied() -> None:
    bench = Bench()
    bench.offer(0, 1)
    assert acked(bench.answer(0) + bench.answer(1)) == []
    assert acked(bench.decide(0, applied=True)) == [("f-0", "applied")]
    assert acked(bench.decide(0, applied=True)) == []
    assert acked(bench.decide(1, applied=False)) == [("f-1", "received")]


def test_a_slot_decided_without_its_answer_falls_back() -> None:
    bench = Bench()
    bench.offer(0)
    bench.at(5990)
    assert fell_back(bench.decide(0, applied=False)) == [(0, Reason.DEADLINE)]
    assert fell_back(bench.at(7000)) == []


def test_a_slot_whose_deadline_passes_falls_back_and_the_late_answer_tells_by_how_much() -> None:
    bench = Bench()
    bench.offer(0)
    assert fell_back(bench.at(5999)) == []
    assert fell_back(bench.at(6000)) == [(0, Reason.DEADLINE)]
    bench.at(7000)
    actions = bench.answer(0)
    [answer] = answered(actions)
    assert (answer.late, answer.margin_ms) == (True, -1000)
    assert acked(actions) == [("f-0", "received")]
    assert acked(bench.decide(0, applied=False)) == []


def test_an_answer_at_the_very_deadline_is_late() -> None:
    bench = Bench()
    bench.offer(0)
    bench.now_ms = 6000
    actions = bench.answer(0)
    assert fell_back(actions) == [(0, Reason.DEADLINE)]
    assert [answer.late for answer in answered(actions)] == [True]


def test_a_late_failure_is_neither_sent_again_nor_told() -> None:
    bench = Bench()
    bench.offer(0)
    bench.at(6000)
    actions = bench.fail(0)
    assert acked(actions) == [("f-0", "received")]
    assert (fell_back(actions), sent(actions)) == ([], [])


def test_a_late_answer_is_given_up_at_the_time_out() -> None:
    bench = Bench()
    bench.offer(0)
    assert skipped(bench.at(7999)) == []
    assert skipped(bench.at(8000)) == [0]
    assert bench.dispatch.flights.empty
    assert acked(bench.answer(0)) == [("f-0", "received")], "it crossed our skip"
    assert bench.answer(0) == []


def test_a_fragment_without_a_deadline_times_out() -> None:
    bench = Bench()
    bench.offer(0, within_ms=None)
    actions = bench.at(8000)
    assert fell_back(actions) == [(0, Reason.TIMEOUT)]
    assert skipped(actions) == [0]


def test_a_retryable_failure_is_sent_once_more_under_its_number() -> None:
    bench = Bench()
    bench.offer(0, 1)
    assert sent(bench.fail(0)) == [(0, 0)]
    [fallback] = fallbacks(bench.fail(0, "GPU_OOM"))
    assert (fallback.reason, fallback.code, fallback.message) == (Reason.FAILED, "GPU_OOM", "no")
    assert skipped(bench.actions) == [], "what was delivered is not skipped"


def test_what_is_not_retryable_falls_back_at_once() -> None:
    bench = Bench()
    bench.offer(0)
    actions = bench.fail(0, "SYNTHESIS_FAILED", retryable=False)
    assert fell_back(actions) == [(0, Reason.FAILED)]
    assert sent(actions) == []


def test_an_unknown_code_goes_by_its_flag() -> None:
    bench = Bench()
    bench.offer(0, 1)
    assert sent(bench.fail(0, "NEW", retryable=True)) == [(0, 0)]
    assert fell_back(bench.fail(1, "NEW", retryable=False)) == [(1, Reason.FAILED)]


def test_a_retry_needs_time_before_the_deadline() -> None:
    bench = Bench()
    for slot in range(3):
        bench.offer(slot)
        bench.at(bench.now_ms + 2000)
        bench.answer(slot)
    bench.offer(3, 4)
    bench.at(bench.now_ms + 3900)
    assert sent(bench.fail(3)) == [(3, 3)]
    bench.at(bench.now_ms + 200)
    assert fell_back(bench.fail(4)) == [(4, Reason.FAILED)]


def test_a_retry_goes_before_new_fragments() -> None:
    bench = Bench(max_inflight=2)
    bench.offer(0, 1, 2)
    assert sent(bench.fail(1)) == [(1, 1)]


def test_a_refused_fragment_is_sent_again_a_little_later_under_its_number() -> None:
    bench = Bench()
    bench.offer(0, 1)
    assert sent(bench.refuse(0) + bench.refuse(1)) == []
    assert sent(bench.at(499)) == []
    assert sent(bench.at(500)) == [(0, 0), (1, 1)]


def test_refused_ones_keep_their_order() -> None:
    bench = Bench()
    bench.offer(0, 1, 2)
    bench.refuse(1)
    bench.refuse(0)
    assert sent(bench.at(500)) == [(0, 0), (1, 1)]


def test_a_fragment_refused_for_good_is_skipped() -> None:
    bench = Bench()
    bench.offer(0, 1)
    bench.refuse(0)
    bench.at(500)
    actions = bench.refuse(0)
    assert fell_back(actions) == [(0, Reason.REFUSED)]
    assert skipped(actions) == [0]
    actions = bench.refuse(1, "FRAGMENT_TOO_LARGE", retryable=False)
    assert fell_back(actions) == [(1, Reason.REFUSED)]
    assert skipped(actions) == [1]


def test_a_refused_fragment_that_cannot_go_in_time_falls_back_for_the_refusal() -> None:
    bench = Bench()
    bench.offer(0)
    bench.refuse(0)
    bench.press("pause")
    actions = bench.at(6000)
    assert [(f.reason, f.code) for f in fallbacks(actions)] == [(Reason.REFUSED, "QUEUE_FULL")]
    assert skipped(actions) == [0]


def test_a_failed_fragment_that_cannot_go_in_time_falls_back_for_the_failure() -> None:
    bench = Bench()
    bench.offer(0)
    bench.press("pause")
    bench.fail(0)
    assert [(f.reason, f.code) for f in fallbacks(bench.at(6000))] == [(Reason.FAILED, "MODEL_ERROR")]
    assert skipped(bench.actions) == [0]


def test_a_late_one_that_is_refused_is_skipped() -> None:
    bench = Bench()
    bench.offer(0)
    bench.at(6000)
    actions = bench.refuse(0)
    assert skipped(actions) == [0]
    assert fell_back(actions) == []


def test_a_service_that_thinks_the_stream_is_paused_is_told_otherwise() -> None:
    bench = Bench()
    bench.offer(0)
    assert Resume() in bench.refuse(0, "STREAM_PAUSED")
    bench.did(bench.dispatch.pause("no source", bench.now_ns))
    bench.offer(1)
    assert Resume() not in bench.refuse(1, "STREAM_PAUSED")


def test_garbage_for_an_answer_falls_back() -> None:
    bench = Bench()
    bench.offer(0, 1)
    actions = bench.unreadable(0)
    assert fell_back(actions) == [(0, Reason.UNREADABLE)]
    assert skipped(actions) == []
    assert fell_back(bench.answer(1, number=7)) == [(1, Reason.UNREADABLE)]


def test_answers_for_nobody_are_ignored() -> None:
    bench = Bench()
    assert bench.answer(9) + bench.fail(9) + bench.refuse(9) + bench.unreadable(9) == []


def test_five_missed_deadlines_in_a_row_open_the_breaker_and_everything_falls_back() -> None:
    bench = Bench(max_inflight=1)
    for slot in range(5):
        bench.offer(slot)
        bench.at(bench.now_ms + 6000)
    assert breaker(bench.actions) == ["OPEN"]
    actions = bench.offer(5)
    assert fell_back(actions) == [(5, Reason.BREAKER_OPEN)]
    assert sent(actions) == []


def test_what_waits_when_the_breaker_opens_falls_back_at_once() -> None:
    bench = Bench(max_inflight=1)
    bench.offer(0, 1, 2, 3, 4)
    for slot in range(4):
        bench.fail(slot)
        bench.fail(slot)
        if breaker(bench.actions):
            break
    assert fell_back(bench.actions)[-2:] == [(3, Reason.BREAKER_OPEN), (4, Reason.BREAKER_OPEN)]
    assert [slot for slot, _ in sent(bench.actions)] == [0, 0, 1, 1, 2]


def test_an_unsent_fragments_deadline_does_not_count() -> None:
    bench = Bench()
    bench.press("pause")
    bench.offer(*range(6))
    bench.at(6000)
    assert breaker(bench.actions) == []


def test_a_lost_connection_does_not_count() -> None:
    bench = Bench()
    for slot in range(6):
        bench.offer(slot)
        bench.lost()
        bench.ready()
    assert breaker(bench.actions) == []


def test_always_late_answers_open_the_breaker() -> None:
    bench = Bench()
    for slot in range(5):
        bench.offer(slot)
        bench.at(bench.now_ms + 7000)
        bench.answer(slot)
    assert breaker(bench.actions) == ["OPEN"]


def test_a_missed_deadline_counts_once() -> None:
    bench = Bench()
    for slot in range(4):
        bench.offer(slot)
        bench.at(bench.now_ms + 6500)
        bench.fail(slot, "TIMEOUT")
    bench.offer(4)
    bench.at(bench.now_ms + 6500)
    bench.at(bench.now_ms + 1500)
    assert breaker(bench.actions) == ["OPEN"]


def opened() -> Bench:
    bench = Bench()
    for slot in range(5):
        bench.offer(slot)
        bench.fail(slot)
        if breaker(bench.actions):
            break
        bench.fail(slot)
    assert breaker(bench.actions) == ["OPEN"]
    bench.at(bench.now_ms + 30_000)
    assert breaker(bench.actions) == ["OPEN", "HALF_OPEN"]
    bench.actions.clear()
    return bench


def test_half_open_sends_one_probe_and_the_others_wait_for_its_success() -> None:
    bench = opened()
    assert [slot for slot, _ in sent(bench.offer(10, 11))] == [10]
    actions = bench.answer(10)
    assert breaker(actions) == ["CLOSED"]
    assert [slot for slot, _ in sent(actions)] == [11]


def test_a_failed_probe_is_not_sent_again() -> None:
    bench = opened()
    bench.offer(10, 11)
    actions = bench.fail(10)
    assert breaker(actions) == ["OPEN"]
    assert fell_back(actions) == [(10, Reason.FAILED), (11, Reason.BREAKER_OPEN)]
    assert sent(actions) == []


def test_a_probe_without_a_verdict_makes_room_for_the_next() -> None:
    bench = opened()
    bench.offer(10, 11)
    actions = bench.unreadable(10)
    assert breaker(actions) == []
    assert [slot for slot, _ in sent(actions)] == [11]


def test_a_late_probe_opens_the_breaker_again() -> None:
    bench = opened()
    bench.offer(10)
    assert breaker(bench.at(bench.now_ms + 6000)) == ["OPEN"]


def test_a_new_session_starts_with_a_closed_breaker() -> None:
    bench = opened()
    bench.lost()
    assert breaker(bench.ready()) == ["CLOSED"]
    assert [slot for slot, _ in sent(bench.offer(10, 11))] == [10, 11]


@pytest.mark.parametrize("slots", [200])
def test_what_is_remembered_is_bounded(slots: int) -> None:
    bench = Bench()
    for slot in range(slots):
        bench.offer(slot)
        bench.answer(slot)
    assert acked(bench.decide(0, applied=True)) == []
    assert acked(bench.decide(slots - 1, applied=True)) == [(f"f-{slots - 1}", "applied")]


def test_a_time_out_after_a_missed_deadline_is_not_counted_again() -> None:
    bench = Bench()
    for slot in range(4):
        bench.offer(slot)
        bench.at(bench.now_ms + 8000)
    assert breaker(bench.actions) == []


def test_a_retry_is_slowed_down_like_any_send() -> None:
    bench = Bench()
    bench.offer(0)
    bench.press("slow_down", 500)
    bench.at(1000)
    assert sent(bench.fail(0)) == []
    assert sent(bench.at(1499)) == []
    assert sent(bench.at(1500)) == [(0, 0)]


def test_a_lone_retry_that_would_come_too_late_is_not_made() -> None:
    bench = Bench()
    for slot in range(3):
        bench.offer(slot)
        bench.at(bench.now_ms + 2000)
        bench.answer(slot)
    bench.offer(3)
    bench.at(bench.now_ms + 4000)
    actions = bench.fail(3)
    assert (sent(actions), fell_back(actions)) == ([], [(3, Reason.FAILED)])


def test_the_use_of_a_lost_sessions_dub_is_told_nobody() -> None:
    bench = Bench()
    bench.offer(0)
    bench.answer(0)
    bench.lost()
    bench.ready()
    assert acked(bench.decide(0, applied=True)) == []


def test_a_refused_fragment_whose_slot_is_decided_is_not_sent_again() -> None:
    bench = Bench()
    bench.offer(0, within_ms=None)
    bench.decide(0, applied=False)
    assert skipped(bench.refuse(0)) == [0]
    assert sent(bench.at(1000)) == []
