"""The page's rows about a session, one by one."""

from collections.abc import Callable
from typing import Any

import pytest
from dubbing_protocol import (
    Backpressure,
    ErrorCode,
    ErrorEvent,
    FragmentAck,
    FragmentProcessed,
    FragmentSkip,
    SessionState,
    SimulatedPressure,
    StreamComplete,
    StreamReady,
)
from sts_service.server.effects import Cancel, CloseAfter, Effect, Limits, Send, Start, Work
from sts_service.server.flow import ServerLoad
from sts_service.server.processor import Result, failure
from sts_service.server.session import Session

from unit.fragments import a_fragment, an_init

DONE = Result(status="success")
SESSION_ID = "5f0c7f3e-0000-4000-8000-000000000000"


class Stream:
    """A session with a time-out of a second, and the works it has started."""

    def __init__(self, load: ServerLoad | None = None, *, max_inflight: int = 10) -> None:
        self.load = load or ServerLoad(400)
        limits = Limits(fragment_max_bytes=1024)
        self.session = Session(an_init(max_inflight=max_inflight), limits, self.load, SESSION_ID)
        self.ready = self.session.open(batch_processing=False)
        self.works: dict[str, Work] = {}

    def send(self, number: int, fragment_id: str | None = None, now: float = 0.0) -> list[Effect]:
        effects = self.session.fragment(a_fragment(number, fragment_id), now)
        self.works |= {
            effect.work.fragment.fragment_id: effect.work for effect in effects if isinstance(effect, Start)
        }
        return effects

    def finish(self, fragment_id: str, result: Result = DONE, now: float = 0.1) -> list[Effect]:
        return self.session.finished(self.works[fragment_id], result, now)

    def skip(self, *numbers: int, now: float = 0.1) -> list[Effect]:
        return self.session.skip(FragmentSkip(stream_id="stream", sequence_numbers=list(numbers)), now)


def codes(effects: list[Effect]) -> list[str]:
    return [
        effect.message.code
        for effect in effects
        if isinstance(effect, Send) and isinstance(effect.message, ErrorEvent)
    ]


def results(effects: list[Effect]) -> list[tuple[int, str]]:
    return [
        (effect.message.sequence_number, effect.message.error.code if effect.message.error else "")
        for effect in effects
        if isinstance(effect, Send) and isinstance(effect.message, FragmentProcessed)
    ]


def test_a_stream_is_opened_with_its_session_id_and_what_was_confirmed() -> None:
    (effect,) = Stream(max_inflight=5).ready
    assert isinstance(effect, Send)
    assert isinstance(effect.message, StreamReady)
    assert (effect.message.session_id, effect.message.max_inflight) == (SESSION_ID, 5)
    assert effect.message.capabilities.to_wire() == {
        "batch_processing": False,
        "async_delivery": True,
        "binary_audio": True,
        "protocol_version": "1.1",
    }


def test_an_acceptance_is_acknowledged_before_the_work_begins() -> None:
    ack, start = Stream().send(0)
    assert isinstance(ack, Send)
    assert isinstance(ack.message, FragmentAck)
    assert (ack.message.status, ack.message.queue_position) == ("processing", 0)
    assert isinstance(start, Start)


def test_the_acknowledgement_says_how_long_results_have_taken() -> None:
    stream = Stream()
    stream.send(0)
    stream.finish("f0", now=0.25)
    ack = stream.send(1)[0]
    assert isinstance(ack, Send)
    assert isinstance(ack.message, FragmentAck)
    assert ack.message.estimated_completion_ms == 250


def test_3_1_2_is_delivered_1_2_3() -> None:
    stream = Stream()
    for number in (2, 0, 1):
        assert codes(stream.send(number)) == []
    assert results(stream.finish("f2")) == []
    assert results(stream.finish("f0")) == [(0, "")]
    assert results(stream.finish("f1")) == [(1, ""), (2, "")]


def test_a_number_beyond_the_window_is_refused() -> None:
    stream = Stream()
    assert codes(stream.send(10)) == [ErrorCode.INVALID_SEQUENCE]
    assert codes(stream.send(9)) == []


def test_a_gap_is_skipped_after_the_timeout() -> None:
    stream = Stream()
    stream.send(3, now=5.0)
    stream.finish("f3", now=5.5)
    assert stream.session.next_deadline() == 6.0
    assert stream.session.tick(5.999) == []
    effects = stream.session.tick(6.0)
    assert (codes(effects), results(effects)) == ([ErrorCode.INVALID_SEQUENCE], [(3, "")])
    assert isinstance(effects[0], Send)
    assert isinstance(effects[0].message, ErrorEvent)
    assert effects[0].message.metadata == {"missing": [0, 1, 2]}
    assert codes(stream.send(1, now=6.1)) == [ErrorCode.INVALID_SEQUENCE]


def test_a_gap_s_timer_runs_on_in_a_pause() -> None:
    stream = Stream()
    stream.send(1)
    stream.session.pause()
    assert codes(stream.session.tick(1.0)) == [ErrorCode.INVALID_SEQUENCE]


def test_a_repeated_id_in_flight_is_a_duplicate() -> None:
    stream = Stream()
    stream.send(0)
    assert codes(stream.send(0)) == [ErrorCode.DUPLICATE_FRAGMENT]


@pytest.mark.parametrize("result", [DONE, failure(ErrorCode.SYNTHESIS_FAILED, "unspeakable")])
def test_a_repeated_id_that_cannot_be_retried_is_a_duplicate(result: Result) -> None:
    stream = Stream()
    stream.send(0)
    stream.finish("f0", result)
    assert codes(stream.send(0)) == [ErrorCode.DUPLICATE_FRAGMENT]


def test_a_retry_is_delivered_when_it_is_ready_and_replaces_the_failure() -> None:
    stream = Stream()
    for number in (0, 1):
        stream.send(number)
    stream.finish("f0", failure(ErrorCode.MODEL_ERROR, "no"))
    assert codes(stream.send(0)) == []
    assert results(stream.finish("f0")) == [(0, "")]
    stream.finish("f1")
    complete = stream.session.end()[0]
    assert isinstance(complete, Send)
    assert isinstance(complete.message, StreamComplete)
    statistics = complete.message.statistics
    assert (complete.message.total_fragments, statistics.success_count, statistics.failed_count) == (2, 2, 0)


def test_a_retry_keeps_its_number() -> None:
    stream = Stream()
    stream.send(0)
    stream.finish("f0", failure(ErrorCode.MODEL_ERROR, "no"))
    assert codes(stream.send(1, "f0")) == [ErrorCode.INVALID_SEQUENCE]


def test_a_used_number_under_another_id_is_refused() -> None:
    stream = Stream()
    stream.send(0)
    assert codes(stream.send(0, "another")) == [ErrorCode.INVALID_SEQUENCE]


def test_a_fragment_that_outlives_the_timeout_fails_and_its_late_result_is_dropped() -> None:
    stream = Stream()
    stream.send(0)
    stream.send(1)
    stream.finish("f1", now=0.5)
    effects = stream.session.tick(1.0)
    assert [effect.work for effect in effects if isinstance(effect, Cancel)] == [stream.works["f0"]]
    assert results(effects) == [(0, "TIMEOUT"), (1, "")]
    assert stream.finish("f0", now=1.1) == []


def test_a_refused_fragment_may_be_sent_again_under_the_same_id_and_number() -> None:
    stream = Stream()
    stream.session.pause()
    assert codes(stream.send(0)) == [ErrorCode.STREAM_PAUSED]
    stream.session.resume()
    assert codes(stream.send(0)) == []


Trouble = Callable[[Stream], object]

CHECKS: list[tuple[str, ErrorCode, Trouble]] = [
    ("session", ErrorCode.STREAM_NOT_FOUND, lambda stream: stream.session.end()),
    ("state", ErrorCode.STREAM_PAUSED, lambda stream: stream.session.pause()),
    ("flow", ErrorCode.BACKPRESSURE_EXCEEDED, lambda stream: fill(stream)),
    ("load", ErrorCode.QUEUE_FULL, lambda stream: burden(stream)),
]


def fill(stream: Stream) -> None:
    for number in range(10):
        stream.send(number)


def burden(stream: Stream) -> None:
    while not stream.load.is_full:
        stream.load.add()


@pytest.mark.parametrize(("check", "code", "trouble"), CHECKS, ids=[check[0] for check in CHECKS])
def test_a_fragment_out_of_sequence_is_refused_for_what_is_checked_first(
    check: str, code: ErrorCode, trouble: Trouble
) -> None:
    stream = Stream()
    stream.send(0)
    trouble(stream)
    assert codes(stream.send(99)) == [code]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"format": "m4a"}, ErrorCode.INVALID_PAYLOAD),
        ({"sample_rate_hz": 8000}, ErrorCode.INVALID_PAYLOAD),
        ({"channels": 2}, ErrorCode.INVALID_PAYLOAD),
        ({"data_base64": "A" * 1028}, ErrorCode.FRAGMENT_TOO_LARGE),
        ({"data_base64": None, "data": b"A" * 769}, ErrorCode.FRAGMENT_TOO_LARGE),
        ({"format": "m4a", "data_base64": "A" * 1028}, ErrorCode.INVALID_PAYLOAD),
    ],
)
def test_audio_is_what_stream_init_said_and_not_too_large(wrong: dict[str, Any], code: ErrorCode) -> None:
    stream = Stream()
    stream.session.pause()
    assert codes(stream.session.fragment(a_fragment(0, **wrong), 0.0)) == [code]


def test_a_missing_number_that_is_skipped_closes_its_gap_in_silence() -> None:
    stream = Stream()
    stream.send(1)
    stream.finish("f1")
    assert results(stream.skip(0)) == [(1, "")]
    assert stream.session.next_deadline() is None
    assert codes(stream.send(0)) == [ErrorCode.INVALID_SEQUENCE]


@pytest.mark.parametrize("finished", [False, True])
def test_a_fragment_in_flight_that_is_skipped_is_cancelled(finished: bool) -> None:
    stream = Stream()
    stream.send(1)
    if finished:
        stream.finish("f1")
    effects = stream.skip(1)
    assert [isinstance(effect, Cancel) for effect in effects] == [True] * (not finished)
    assert results(stream.skip(0)) == [(1, "CANCELLED")]


def test_a_retry_in_flight_that_is_skipped_is_answered_at_once() -> None:
    stream = Stream()
    stream.send(0)
    stream.finish("f0", failure(ErrorCode.MODEL_ERROR, "no"))
    stream.send(0)
    assert results(stream.skip(0)) == [(0, "CANCELLED")]
    assert stream.session.inflight == 0


def test_a_delivered_number_that_is_skipped_changes_nothing() -> None:
    stream = Stream()
    stream.send(0)
    stream.finish("f0")
    assert stream.skip(0, 0) == []


def test_what_is_too_far_ahead_to_skip_is_named() -> None:
    (effect,) = Stream().skip(999, 1000, 5000)
    assert isinstance(effect, Send)
    assert isinstance(effect.message, ErrorEvent)
    assert effect.message.metadata == {"too_far_ahead": [1000, 5000]}


def test_a_level_is_announced_when_it_changes_in_either_direction() -> None:
    stream = Stream()
    effects = [effect for number in range(8) for effect in stream.send(number)]
    effects += [effect for number in range(8) for effect in stream.finish(f"f{number}")]
    announced = [
        (effect.message.severity, effect.message.current_inflight)
        for effect in effects
        if isinstance(effect, Send) and isinstance(effect.message, Backpressure)
    ]
    assert announced == [("medium", 4), ("high", 7), ("medium", 5), ("low", 2)]


def test_the_end_closes_gaps_and_comes_after_everything_in_flight() -> None:
    stream = Stream()
    stream.send(0)
    stream.send(2)
    stream.finish("f2")
    assert stream.session.end() == []
    assert codes(stream.send(1)) == [ErrorCode.STREAM_NOT_FOUND]
    effects = stream.finish("f0")
    assert results(effects) == [(0, ""), (2, "")]
    assert isinstance(effects[-1], CloseAfter)
    assert (effects[-1].reason, effects[-1].delay_s) == ("completed", 5.0)
    assert stream.session.state is SessionState.COMPLETED
    assert stream.session.end() == []


def test_a_takeover_frees_what_the_old_session_held() -> None:
    old = Stream()
    for number in (1, 2):
        old.send(number)
    old.finish("f2")
    assert old.session.abandon() == [Cancel(old.works["f1"])]
    assert (old.session.inflight, old.load.inflight) == (0, 0)
    assert old.finish("f1") == []
    assert old.session.abandon() == []
    assert old.load.inflight == 0


def test_giving_up_answers_everything_in_flight_as_retryable() -> None:
    stream = Stream()
    for number in (0, 2):
        stream.send(number)
    effects = stream.session.fail_all("shutting down", 0.5)
    assert results(effects) == [(0, "TIMEOUT"), (2, "TIMEOUT")]
    assert stream.session.inflight == 0


def test_a_pretended_level_stands_until_its_time_is_over() -> None:
    stream = Stream()
    pressure = SimulatedPressure(at_fragment=1, severity="high", action="slow_down", clear_after_ms=500)
    announced = stream.session.pretend_pressure(pressure, 1.0)
    announced += stream.session.tick(1.4)
    assert stream.session.next_deadline() == 1.5
    announced += stream.session.tick(1.5)
    said = [
        (effect.message.severity, effect.message.action, effect.message.recommended_delay_ms)
        for effect in announced
        if isinstance(effect, Send) and isinstance(effect.message, Backpressure)
    ]
    assert said == [("high", "slow_down", 1000), ("low", "none", 0)]


def test_a_session_is_opened_once() -> None:
    with pytest.raises(RuntimeError, match="cannot go from active to active"):
        Stream().session.open(batch_processing=False)
