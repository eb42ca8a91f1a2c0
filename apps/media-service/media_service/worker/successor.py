"""The worker as the one that goes on with another's output: fills its delay, agrees on a keyframe, takes."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from media_service.config.logs import named
from media_service.errors import OutputFailed
from media_service.handover.choice import LEAST_HELD_NS, Keyframe, following
from media_service.handover.claim import Claim, Step
from media_service.handover.joint import Joint
from media_service.handover.line import Gone, Greeting, Line, Refused, Silent
from media_service.handover.offer import Agreement, Mode, Offer
from media_service.pipeline.muxers import PRIMING
from media_service.timeline.units import MS_NS, SECOND_NS, Clock
from media_service.worker.keyframes import Held, Keyframes
from media_service.worker.opening import Opening

if TYPE_CHECKING:
    from media_service.worker.flow import Flow
    from media_service.worker.outlet import Outlet

log = logging.getLogger("media_service.handover")

LOOK_S = 0.1
LEFT_S = 1.0
"""For one question whether it has left; then the claim is asked what follows."""
WARM_UP_NS = 400 * MS_NS
"""Of sound before the keyframe, for the encoder."""
GONE_S = 8.0
"""For its process to end, which still has its previews to remove."""


class Successor:
    """`greet`, then `run`, beside everything else; `taken` is set when the output is ours."""

    def __init__(
        self,
        url: str,
        token: str | None,
        run_id: str,
        flow: "Flow",
        outlet: "Outlet",
        clock: Clock,
        *,
        is_ready: Callable[[], bool],
        set_mode: Callable[[Mode], None],
    ) -> None:
        """`is_ready`: the dub is there, and the sync."""
        self._url, self._token = url, token
        self._run_id = run_id
        self._flow = flow
        self._outlet = outlet
        self._clock = clock
        self._is_ready = is_ready
        self._set_mode = set_mode
        self._keyframes = Keyframes()
        self._claim = Claim()
        self._mode: Mode | None = None
        self.taken = asyncio.Event()
        self.alone = asyncio.Event()
        """The predecessor's process has ended, too."""

    @property
    def is_changing(self) -> bool:
        """The predecessor is just leaving, or we have just begun."""
        return self._claim.is_changing(self._clock())

    async def greet(self) -> Greeting | None:
        """None where it does not answer."""
        async with Line(self._url, self._token) as line:
            with contextlib.suppress(Silent, Gone, Refused):
                return await line.greet()
        return None

    async def run(self) -> None:
        async with Line(self._url, self._token) as line:
            await self._claimed(line)
            self._outlet.take()
            self.taken.set()
            how = "without its word" if self._claim.is_alone else "at its word"
            log.info(
                "the output is taken over from the predecessor, %s",
                how,
                extra=named(reason=self._claim.why or None),
            )
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GONE_S):
                    await self._until_gone(line)
        self.alone.set()

    async def _claimed(self, line: Line) -> None:
        claim = self._claim
        while True:
            now = self._clock()
            claim.first_due(self._flow.first_due_in_ns(now), is_ready=self._is_ready(), now_ns=now)
            step = claim.step(now)
            if step is Step.TAKE:
                return
            if step is Step.FILL:
                await asyncio.sleep(LOOK_S)
                continue
            await asyncio.sleep(claim.wait_ns(now) / SECOND_NS)
            try:
                if step in (Step.ASK, Step.ASK_ANY):
                    await self._ask(line, step is Step.ASK_ANY)
                elif step is Step.CONFIRM:
                    await line.confirm(self._run_id)
                    claim.confirmed()
                elif step is Step.AWAIT:
                    await line.left(LEFT_S)
                    claim.left()
            except Silent:
                if step is not Step.AWAIT:
                    claim.silent(self._clock())
            except Gone:
                claim.gone()
            except Refused as refusal:
                log.info("the predecessor goes on: %s", refusal)
                self._keep(None)
                claim.refused(self._clock())

    async def _ask(self, line: Line, is_any: bool) -> None:
        now = self._clock()
        held = [
            one
            for one in self._flow.keyframes(self._keyframes, now, LEAST_HELD_NS)
            if one.leaves_ns >= WARM_UP_NS
        ]
        keyframes = tuple(one.keyframe for one in held)
        delay_ns = self._flow.pace.delay_ns
        agreement = await line.offer(Offer(self._run_id, delay_ns, keyframes, is_any))
        self._set_mode(agreement.mode)
        self._claim.agreed(now + agreement.due_in_ns)
        if agreement.keyframe is None:
            self._keep(None)
            return
        cut = _meant(held, keyframes, agreement)
        if cut is None:
            self._claim.refused(self._clock())
            return
        # Where the two are not the same picture, the clock of the output goes on by what lies between them.
        is_same = cut.keyframe.name == agreement.keyframe
        later_ns = 0 if is_same else max(MS_NS, cut.keyframe.due_in_ns - agreement.due_in_ns)
        joint = Joint(cut.leaves_ns, agreement.stamp_ns + later_ns, agreement.sound_ns - later_ns)
        self._keep((cut, joint))
        with contextlib.suppress(OutputFailed):
            # What is wrong with it is said when it is opened.
            await self._outlet.prepare()
        log.info(
            "the predecessor leaves in %d ms, %s",
            agreement.due_in_ns // MS_NS,
            "at a keyframe of both" if is_same else "at a keyframe of its own",
        )

    def _keep(self, agreed: tuple[Held, Joint] | None) -> None:
        if agreed is None:
            self._flow.begins_at(None)
            self._outlet.keep(None)
            return
        cut, joint = agreed
        sound = self._flow.sound
        self._flow.begins_at(cut.decode_ns)
        self._outlet.keep(Opening(joint, PRIMING if sound is None or sound.carries is None else None))

    async def _until_gone(self, line: Line) -> None:
        while True:
            try:
                await line.greet()
            except Gone:
                return
            except (Silent, Refused):
                pass
            await asyncio.sleep(2 * LOOK_S)


def _meant(held: list[Held], keyframes: tuple[Keyframe, ...], agreement: Agreement) -> Held | None:
    """The one of that name that is due nearest to it; else the next one from then on."""
    alike = [one for one in held if one.keyframe.name == agreement.keyframe]
    if alike:
        return min(alike, key=lambda one: abs(one.keyframe.due_in_ns - agreement.due_in_ns))
    number = following(keyframes, agreement.due_in_ns)
    return held[number] if number is not None else None
