"""The worker as the one whose output another wants to go on with."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from media_service.handover.choice import LEAST_AHEAD_NS, common, nearest
from media_service.handover.joint import Joint
from media_service.handover.offer import Agreement, Mode, Offer
from media_service.handover.promise import Phase, Promise, Unwilling
from media_service.timeline.units import Clock
from media_service.worker.keyframes import Held, Keyframes

if TYPE_CHECKING:
    from media_service.worker.flow import Flow
    from media_service.worker.outlet import Outlet

log = logging.getLogger("media_service.handover")


class Predecessor:
    """On the loop, and quick; the tick asks it when it is time to leave."""

    def __init__(self, flow: "Flow", outlet: "Outlet", clock: Clock, mode: Callable[[], Mode]) -> None:
        self._flow = flow
        self._outlet = outlet
        self._clock = clock
        self._mode = mode
        self._promise = Promise()
        self._keyframes = Keyframes()
        self._cut: tuple[Held, Joint] | None = None
        """The first picture that is the successor's."""
        self.left = asyncio.Event()
        """The output has ended."""
        self.is_ending = False
        """The stream ends here anyway: nobody is needed to go on with it."""

    @property
    def phase(self) -> Phase:
        return self._promise.phase

    def offer(self, offer: Offer) -> Agreement:
        """Raises `Unwilling`."""
        now = self._clock()
        if self.is_ending or not self._promise.may_promise(offer.run_id, now):
            raise Unwilling("it ends already" if self.is_ending else "another was promised the output")
        if not self._outlet.on_air or self._flow.video is None:
            self._cut = None
            self._promise.make(offer.run_id, now + LEAST_AHEAD_NS, now)
            return Agreement(None, LEAST_AHEAD_NS, 0, 0, self._mode())
        held = self._flow.keyframes(self._keyframes, now, LEAST_AHEAD_NS)
        mine = [one.keyframe for one in held]
        pair = common(mine, offer.keyframes, later_ns=offer.delay_ns - self._flow.pace.delay_ns)
        number = pair.mine if pair is not None else nearest(mine) if offer.any else None
        joint = self._outlet.joint(held[number].leaves_ns) if number is not None else None
        if number is None or joint is None:
            raise Unwilling("there is no keyframe in common")
        cut = held[number]
        self._cut = cut, joint
        self._promise.make(offer.run_id, now + cut.keyframe.due_in_ns, now)
        return Agreement(
            cut.keyframe.name, cut.keyframe.due_in_ns, joint.stamp_ns, joint.sound_ns, self._mode()
        )

    def confirm(self, run_id: str) -> None:
        """Raises `Unwilling`."""
        was = self.phase
        if self.is_ending or not self._promise.confirm(run_id, self._clock()):
            raise Unwilling("nothing is promised any more")
        if was is Phase.PROMISED and self._cut is not None:
            cut, joint = self._cut
            self._flow.ends_at(cut.decode_ns)
            self._outlet.end_at(joint)
        if was is Phase.PROMISED:
            log.info("the output goes over to a successor in %d ms", self._due_in_ms)

    def is_due(self, now: int) -> bool:
        """Everything before the successor's first picture has gone out, and nothing more is to."""
        self._promise.tick(now)
        if self.phase is not Phase.LEAVING:
            return False
        if self._cut is None:
            return now >= self._promise.due_ns
        return self._flow.has_reached(self._cut[0].decode_ns, now)

    def last_sound_ns(self) -> int | None:
        """Media time up to which the encoder wants sound, for its last frames to be whole."""
        if self._cut is None:
            return None
        joint = self._cut[1]
        return joint.media_ns + joint.sound_ns

    def has_left(self) -> None:
        self._promise.left()
        self.left.set()
        log.info("the output is the successor's")

    @property
    def _due_in_ms(self) -> int:
        return (self._promise.due_ns - self._clock()) // 1_000_000
