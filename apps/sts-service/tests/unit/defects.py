"""Sessions that break one promise each, to prove that the checks notice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from dubbing_protocol import FragmentData, FragmentProcessed
from sts_service.server.effects import Answer, Cancel, Effect, Send, Start, Work
from sts_service.server.flow import PressureGauge, RateLimit, ServerLoad
from sts_service.server.order import Fit, ReorderBuffer
from sts_service.server.processor import Result
from sts_service.server.session import Session
from sts_service.server.statistics import Delivery, Ledger

Patch = Callable[[pytest.MonkeyPatch], None]


def _around(owner: type, name: str, make: Callable[..., Any]) -> Patch:
    """Replaces a method by what `make` makes of the true one."""

    def apply(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(owner, name, make(getattr(owner, name)))

    return apply


def _results(true: Callable[..., list[Effect]], change: Callable[[list[Effect]], list[Effect]]) -> Any:
    def changed(session: Session, *given: Any) -> list[Effect]:
        effects = true(session, *given)
        results = [
            effect
            for effect in effects
            if isinstance(effect, Send) and isinstance(effect.message, FragmentProcessed)
        ]
        others = [effect for effect in effects if effect not in results]
        return [*change([*results]), *others]

    return changed


def _ack_last(true: Callable[..., list[Effect]]) -> Any:
    def accept(session: Session, *given: Any) -> list[Effect]:
        effects = true(session, *given)
        return effects[1:] + effects[:1]

    return accept


def _releases_what_is_done(true: Callable[..., list[Answer]]) -> Any:
    def release(order: ReorderBuffer[Answer]) -> list[Answer]:
        done = sorted(number for number, item in order._waiting.items() if item is not None)
        for number in range(order.next_number, max(done, default=-1)):
            if number not in order._waiting:
                order._given_up.add(number)
        return true(order)

    return release


def _late_results(true: Callable[..., list[Effect]]) -> Any:
    def finished(session: Session, work: Work, result: Result, now: float) -> list[Effect]:
        if work not in session._working and session._inflight.get(work.fragment.fragment_id) is work:
            session._settle(work, result, now)
            return session._deliver()
        return true(session, work, result, now)

    return finished


def _sends_withheld(true: Callable[..., None]) -> Any:
    def settle(session: Session, work: Work, result: Result, now: float) -> None:
        true(session, work, replace(result, withheld=False), now)

    return settle


def _replace_counts_again(_: object) -> Any:
    def add(ledger: Ledger, fragment_id: str, failure: Delivery, delivery: Delivery) -> None:
        ledger.add(fragment_id, delivery, 0)

    return add


def _refusal_reserves(true: Callable[..., Any]) -> Any:
    def refusal(session: Session, number: int, before: Delivery | None) -> Any:
        session._rate.count(1000.0)
        if before is None and session._order.fit(number) is Fit.AHEAD:
            session._order.give_up(number)
        return true(session, number, before)

    return refusal


def _order_of_checks(true: Callable[..., Any]) -> Any:
    def refusal(session: Session, fragment: FragmentData, before: Delivery | None, now: float) -> Any:
        return session._flow_refusal(now) or true(session, fragment, before, now)

    return refusal


def _without_cancel(true: Callable[..., list[Effect]]) -> Any:
    def without(session: Session, *given: Any) -> list[Effect]:
        return [effect for effect in true(session, *given) if not isinstance(effect, Cancel)]

    return without


def _never_down(true: Callable[..., bool]) -> Any:
    def update(gauge: PressureGauge, inflight: int) -> bool:
        return gauge.severity != "high" and true(gauge, inflight)

    return update


def _without_slack(true: Callable[..., bool]) -> Any:
    def update(gauge: PressureGauge, inflight: int) -> bool:
        before = gauge.severity
        gauge.severity = "low"
        true(gauge, inflight)
        return gauge.severity != before

    return update


def _every_time(true: Callable[..., bool]) -> Any:
    def update(gauge: PressureGauge, inflight: int) -> bool:
        return true(gauge, inflight) or gauge.severity == "medium"

    return update


def _complete_early(true: Callable[..., list[Effect]]) -> Any:
    def end(session: Session) -> list[Effect]:
        return true(session) if not session.accepts_events or not session._inflight else _over(session, true)

    def _over(session: Session, true: Callable[..., list[Effect]]) -> list[Effect]:
        return [*true(session), *session._complete()]

    return end


def _restart(true: Callable[..., list[Effect]]) -> Any:
    def accept(session: Session, *given: Any) -> list[Effect]:
        effects = true(session, *given)
        return [*effects, *(effect for effect in effects if isinstance(effect, Start))]

    return accept


def _unreadable_message(true: Callable[..., list[Effect]]) -> Any:
    def change(results: list[Effect]) -> list[Effect]:
        return [
            Send(effect.message.model_copy(update={"sequence_number": -1}))
            for effect in results
            if isinstance(effect, Send)
        ]

    return _results(true, change)


def _returns(value: Any) -> Callable[[object], Callable[..., Any]]:
    return lambda _: lambda *_: value


DEFECTS: dict[str, Patch] = {
    "results leave in the wrong order": _around(
        Session, "_deliver", lambda true: _results(true, lambda results: results[::-1])
    ),
    "a result overtakes a gap": _around(ReorderBuffer, "release", _releases_what_is_done),
    "a result is delivered twice": _around(
        Session, "_deliver", lambda true: _results(true, lambda results: results + results[:1])
    ),
    "a result is lost": _around(
        Session, "_deliver", lambda true: _results(true, lambda results: results[:2])
    ),
    "a late result replaces the time-out": _around(Session, "finished", _late_results),
    "a withheld result is sent": _around(Session, "_settle", _sends_withheld),
    "a pause is not kept": _around(Session, "pause", _returns([])),
    "the message is not what the schema allows": _around(Session, "_deliver", _unreadable_message),
    "the acknowledgement comes after the start": _around(Session, "_accept", _ack_last),
    "a fragment is started twice": _around(Session, "_accept", _restart),
    "the server's load is never lowered": _around(ServerLoad, "remove", _returns(None)),
    "the server's load is never raised": _around(ServerLoad, "add", _returns(None)),
    "the server's bound is not kept": _around(
        ServerLoad, "is_full", lambda _: property(lambda load: load.inflight > load._most)
    ),
    "the rate is not limited": _around(RateLimit, "allows", _returns(True)),
    "a refusal counts": _around(Session, "_sequence_refusal", _refusal_reserves),
    "the checks come in another order": _around(Session, "_refusal", _order_of_checks),
    "a gap stays open for ever": _around(ReorderBuffer, "give_up_gaps", _returns([])),
    "a gap has no timer": _around(ReorderBuffer, "next_deadline", _returns(None)),
    "a number is accepted again": _around(ReorderBuffer, "fit", _returns(Fit.FITS)),
    "a severity is never lowered": _around(PressureGauge, "update", _never_down),
    "a severity has no slack": _around(PressureGauge, "update", _without_slack),
    "a steady severity is announced again": _around(PressureGauge, "update", _every_time),
    "a pretended severity never ends": _around(Session, "_end_pretence", _returns([])),
    "a retry is counted as another fragment": _around(Ledger, "replace", _replace_counts_again),
    "a skipped work goes on": _around(Session, "skip", _without_cancel),
    "a timed-out work goes on": _around(Session, "tick", _without_cancel),
    "a takeover leaves the work running": _around(Session, "abandon", _without_cancel),
    "the stream is complete while fragments are in flight": _around(Session, "end", _complete_early),
    "the stream is complete twice": _around(
        Session, "_complete", lambda true: lambda session: (done := true(session)) + done[:1]
    ),
}
