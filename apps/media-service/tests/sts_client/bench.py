"""A dispatch on a hand-wound clock: times in milliseconds, actions collected."""

from typing import Literal

from media_service.sts.actions import Ack, Action, Answered, FellBack, PressureChanged, Send, Skip
from media_service.sts.breaker import BreakerChanged
from media_service.sts.dispatch import Dispatch
from media_service.sts.dub import Dub, Failure
from media_service.sts.fragment import Answer, Fallback, Fragment, Reason

MS_NS = 1_000_000


def name(slot: int) -> str:
    return f"f-{slot}"


def fragment(slot: int, deadline_ms: float | None) -> Fragment:
    return Fragment(
        slot=slot,
        fragment_id=name(slot),
        audio=b"sound",
        samples=48_000,
        duration_ms=1000,
        pts_ns=slot,
        source_pts_ns=None,
        deadline_ns=None if deadline_ms is None else int(deadline_ms * MS_NS),
    )


class Bench:
    """Connected with `max_inflight` 3 unless told otherwise; a fragment is due 6 s after it is offered."""

    def __init__(self, *, connected: bool = True, max_inflight: int = 3, max_waiting: int = 8) -> None:
        self.now_ms = 0.0
        self.actions: list[Action] = []
        self.numbers: dict[int, int] = {}
        self.dispatch = Dispatch(max_inflight, 8000 * MS_NS, max_waiting)
        if connected:
            self.ready()
            self.actions.clear()

    @property
    def now_ns(self) -> int:
        return int(self.now_ms * MS_NS)

    def did(self, actions: list[Action]) -> list[Action]:
        self.actions += actions
        for action in actions:
            if isinstance(action, Send):
                self.numbers[action.fragment.slot] = action.sequence_number
        return actions

    def at(self, ms: float) -> list[Action]:
        """Lets the time pass, tick by tick, as the client does."""
        before = len(self.actions)
        while (wake_ns := self.dispatch.next_wake_ns()) is not None and wake_ns <= ms * MS_NS:
            self.now_ms = max(self.now_ms, wake_ns / MS_NS)
            self.did(self.dispatch.tick(self.now_ns))
        self.now_ms = ms
        self.did(self.dispatch.tick(self.now_ns))
        return self.actions[before:]

    def ready(self, max_inflight: int = 10) -> list[Action]:
        return self.did(self.dispatch.ready(max_inflight, self.now_ns))

    def lost(self) -> list[Action]:
        return self.did(self.dispatch.lost("cut", self.now_ns))

    def offer(self, *slots: int, within_ms: float | None = 6000) -> list[Action]:
        actions: list[Action] = []
        for slot in slots:
            deadline_ms = None if within_ms is None else self.now_ms + within_ms
            actions += self.did(self.dispatch.offered(fragment(slot, deadline_ms), self.now_ns))
        return actions

    def answer(
        self, slot: int, *, number: int | None = None, status: Literal["success", "partial"] = "success"
    ) -> list[Action]:
        dub = Dub(
            fragment_id=name(slot),
            sequence_number=self.numbers.get(slot, 0) if number is None else number,
            status=status,
            audio=b"dub",
            transcript="said",
            translated_text="dicho",
            segments=((0, 500, "said"),),
            processing_time_ms=5,
            stage_timings={"asr_ms": 3},
            warnings=(),
        )
        return self.did(self.dispatch.answered(dub, self.now_ns))

    def fail(self, slot: int, code: str = "MODEL_ERROR", *, retryable: bool = True) -> list[Action]:
        return self.did(self.dispatch.failed(name(slot), Failure(code, "no", retryable), self.now_ns))

    def refuse(self, slot: int, code: str = "QUEUE_FULL", *, retryable: bool = True) -> list[Action]:
        return self.did(self.dispatch.refused(name(slot), Failure(code, "no", retryable), self.now_ns))

    def unreadable(self, slot: int) -> list[Action]:
        return self.did(self.dispatch.unreadable(name(slot), "garbage", self.now_ns))

    def press(self, action: Literal["none", "slow_down", "pause"], delay_ms: int = 0) -> list[Action]:
        return self.did(self.dispatch.pressure(action, delay_ms, self.now_ns))

    def decide(self, slot: int, *, applied: bool) -> list[Action]:
        return self.did(self.dispatch.decided(slot, self.now_ns, applied=applied))


def sent(actions: list[Action]) -> list[tuple[int, int]]:
    """Slot and number of each fragment sent."""
    return [(a.fragment.slot, a.sequence_number) for a in actions if isinstance(a, Send)]


def skipped(actions: list[Action]) -> list[int]:
    return [number for a in actions if isinstance(a, Skip) for number in a.sequence_numbers]


def acked(actions: list[Action]) -> list[tuple[str, str]]:
    return [(a.fragment_id, a.status) for a in actions if isinstance(a, Ack)]


def fell_back(actions: list[Action]) -> list[tuple[int, Reason]]:
    return [(a.fallback.slot, a.fallback.reason) for a in actions if isinstance(a, FellBack)]


def fallbacks(actions: list[Action]) -> list[Fallback]:
    return [a.fallback for a in actions if isinstance(a, FellBack)]


def answered(actions: list[Action]) -> list[Answer]:
    return [a.answer for a in actions if isinstance(a, Answered)]


def breaker(actions: list[Action]) -> list[str]:
    return [a.state.name for a in actions if isinstance(a, BreakerChanged)]


def pressure(actions: list[Action]) -> list[tuple[str, int]]:
    return [(a.action, a.delay_ms) for a in actions if isinstance(a, PressureChanged)]
