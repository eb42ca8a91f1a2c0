"""The output's life: connect, feed, watch, reconnect on a keyframe. The tick feeds it; a task does what may
block.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from media_service.errors import OutputFailed
from media_service.handover.joint import Joint
from media_service.pipeline.output import Output
from media_service.pipeline.packet import Packet
from media_service.timeline.picture_hole import PictureHole
from media_service.timeline.units import SECOND_NS, Clock
from media_service.worker.opening import Opening
from media_service.worker.previewing import Side
from media_service.worker.waiting import closed, first_of, opened

log = logging.getLogger("media_service.output")

RETRY_S = (1, 2, 4)
"""Waits before each attempt to come back; after the last one the output is gone."""
STEADY_NS = 10 * SECOND_NS
"""After this long a connection counts as good, and its loss begins the waits anew."""
OPEN_S = 15.0
FINISH_S = 3.0
FINISHED_S = 0.005
"""So often it is looked whether it has: a successor may be waiting for the place."""
TAKING_NS = 30 * SECOND_NS
"""A successor may be refused for so long: a server that lost the predecessor may hold its place still."""
TAKING_AGAIN_S = 0.3


class Outlet:
    """Fed by the tick, kept by `run`; both on the loop. What comes without a connection is dropped."""

    def __init__(
        self,
        make: Callable[[], Output],
        clock: Clock,
        *,
        on_change: Callable[[bool, str], None],
        preview: Side | None = None,
        succeeds: bool = False,
    ) -> None:
        """`succeeds`: the output is another's, until it is taken."""
        self._make = make
        self._clock = clock
        self._on_change = on_change
        self._preview = preview
        self._output: Output | None = None
        self._lost: Output | None = None
        """The one that failed, until it is closed."""
        self._dropped = asyncio.Event()
        self._ending = asyncio.Event()
        self._fatal: OutputFailed | None = None
        """A failure after which no new attempt makes sense."""
        self._is_up = False
        """As it was last told; the elements are there before the connection is."""
        self._opened_ns = 0
        self._hole = PictureHole()
        self._shown_ns: tuple[int, int] | None = None
        self._is_anothers = succeeds
        self._opening: Opening | None = None
        """Until the first connection is taken."""
        self._prepared: Output | None = None
        self._take_by_ns: int | None = None
        self.connections = 0
        self.pictures = 0
        self.dropped_pictures = 0
        self.last_error = ""

    @property
    def is_open(self) -> bool:
        """There is something to feed."""
        return self._output is not None

    @property
    def is_up(self) -> bool:
        """The other end takes what it is fed."""
        return self._is_up

    @property
    def on_air(self) -> bool:
        return self._is_up and self._output is not None and self._output.begun

    @property
    def reconnects(self) -> int:
        return max(0, self.connections - 1)

    @property
    def backlog_bytes(self) -> int:
        return self._output.backlog_bytes if self._output is not None else 0

    def sync_delta_ms(self, frame_ns: float) -> float | None:
        """What the last look at the muxer showed; asks for the next one."""
        if self._output is None or not self._output.begun:
            return None
        delta = self._output.probe.delta_ms(frame_ns)
        self._output.probe.arm()
        return delta

    @property
    def reserve_ns(self) -> int:
        """Media that the muxer can take before it must wait."""
        return self._output.reserve_ns if self._output is not None else 0

    # The tick

    def picture(self, packet: Packet, offset_ns: int) -> None:
        if self._opening is not None:
            if not self._opening.picture(packet, offset_ns):
                return
            if self._output is None:
                self.pictures += 1
                return
        elif self._is_anothers:
            return
        if self.feed_picture(packet, offset_ns):
            self.pictures += 1
        else:
            self.dropped_pictures += 1

    def sound(self, data: bytes, media_ns: int, duration_ns: int, *, begins: bool) -> None:
        """`begins`: there is no video to wait for."""
        if self._opening is not None:
            wanted = self._opening.sound(data, media_ns, duration_ns)
            if wanted is not None:
                self.feed_sound(*wanted)
            return
        if begins and self._output is not None and not self._output.begun:
            self._output.begin(media_ns)
        self.feed_sound(data, media_ns, duration_ns)

    def time(self, media_ns: int) -> None:
        """Everything up to here has been fed: a missing picture is a hole, and holds nothing up."""
        if self._opening is not None:
            self._opening.time(media_ns)
            if self._opening.too_long or (self._is_up and self._opening.has_begun):
                self._opening = None
        self.feed_time(media_ns)

    def feed_picture(self, packet: Packet, offset_ns: int) -> bool:
        """Whether there was somebody to take it."""
        output = self._output
        if output is None or not (output.begun or packet.key):
            return False
        decode_ns = packet.dts_ns + offset_ns
        if not output.begun:
            output.begin(decode_ns)
        output.picture(packet, offset_ns)
        if self._preview is not None:
            self._preview.picture(packet, offset_ns)
        self._hole.picture(decode_ns)
        return True

    def feed_sound(self, data: bytes, media_ns: int, duration_ns: int) -> None:
        if self._output is not None and self._output.begun:
            self._output.sound(data, media_ns, duration_ns)

    def feed_time(self, media_ns: int) -> None:
        if self._output is not None:
            self._output.push()
            if self._preview is not None:
                for sound in self._output.heard():
                    self._preview.coded(*sound)
        if self._output is None or not self._output.begun:
            return
        hole = self._hole.told_until(media_ns)
        if hole is not None:
            self._output.no_picture(*hole)

    # From a predecessor, to a successor

    def keep(self, opening: Opening | None) -> None:
        """What is to come first, once the output is ours; None: nothing is agreed any more."""
        self._opening = opening

    async def prepare(self) -> None:
        """So that nothing but the connection is missing when the output becomes ours."""
        if self._prepared is None:
            output = self._make()
            await asyncio.to_thread(output.prepare)
            self._prepared = output

    def take(self) -> None:
        """The output is ours; `run` may connect it."""
        self._is_anothers = False
        self._take_by_ns = self._clock() + TAKING_NS

    def joint(self, media_ns: int) -> Joint | None:
        """Where another output could go on; None while there is nothing to go on from."""
        return self._output.joint(media_ns) if self._output is not None and self.on_air else None

    def end_at(self, joint: Joint | None) -> None:
        """The sound that is another's does not go out; None: all of it is ours still."""
        if self._output is None:
            return
        if joint is None:
            self._output.end_no_sound()
        else:
            self._output.end_sound(joint)

    def watch(self) -> None:
        """Sees what has become of the connection."""
        if self._output is None:
            return
        try:
            self._output.poll(self._clock())
        except OutputFailed as error:
            self._drop(error)
            return
        if not self._is_up and self._output.is_up:
            self._is_up = True
            self.connections += 1
            self._on_change(True, "")

    def end(self, shown_ns: tuple[int, int] | None = None) -> None:
        """Everything has been fed; the source was heard from the one media time to the other."""
        self._shown_ns = shown_ns
        self._ending.set()

    # The task

    async def run(self) -> None:
        """Until everything has gone out. Raises `OutputFailed` when the output is gone for good."""
        attempt = 0
        try:
            while True:
                error = await self._connect()
                if error is None:
                    await first_of(self._dropped, self._ending)
                    if self._ending.is_set():
                        await self._finish()
                    if self._fatal is not None:
                        raise self._fatal
                    if self._ending.is_set():
                        return
                    self._dropped.clear()
                    if self._clock() - self._opened_ns > STEADY_NS:
                        attempt = 0
                    await self._close()
                elif not error.retryable:
                    raise error
                if self._ending.is_set():
                    return
                if self._is_taking:
                    await self._rest(TAKING_AGAIN_S)
                    continue
                if attempt == len(RETRY_S):
                    raise OutputFailed(f"the output is gone: {self.last_error}", retryable=False)
                log.info("output: connecting again in %d s", RETRY_S[attempt])
                await self._rest(RETRY_S[attempt])
                attempt += 1
        finally:
            await self._close()

    @property
    def _is_taking(self) -> bool:
        """The place may still be the predecessor's."""
        return self.connections == 0 and self._take_by_ns is not None and self._clock() < self._take_by_ns

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ending.wait()

    async def _connect(self) -> OutputFailed | None:
        output, self._prepared = self._prepared or self._make(), None
        try:
            await opened(output.open, output.close, OPEN_S)
        except TimeoutError:
            error = OutputFailed("opening the output takes too long")
        except OutputFailed as failed:
            error = failed
        else:
            self._opened_ns = self._clock()
            self._hole = PictureHole()
            self._output = output
            if self._opening is not None:
                output.join(self._opening.joint)
                self._opening.pour(self)
            return None
        self._note(error)
        return error

    def _drop(self, error: OutputFailed) -> None:
        self._note(error)
        output, self._output = self._output, None
        self._lost = output
        self._is_up = False
        if self._preview is not None:
            self._preview.broke()
        self._fatal = None if error.retryable else error
        self._on_change(False, str(error))
        self._dropped.set()

    def _note(self, error: OutputFailed) -> None:
        self.last_error = str(error)
        log.warning("output lost: %s", error, extra={"fields": {"detail": error.detail or None}})

    async def _finish(self) -> None:
        """Waits until what has been fed has gone out, in order."""
        if self._output is None:
            return
        self._output.end(self._shown_ns)
        until = self._clock() + int(FINISH_S * SECOND_NS)
        while not self._is_finished() and self._clock() < until:
            self.watch()
            await asyncio.sleep(FINISHED_S)
        if not self._is_finished():
            log.warning("output: the last of it was not taken within %d s", FINISH_S)

    def _is_finished(self) -> bool:
        return self._output is None or self._output.finished

    async def _close(self) -> None:
        for output in (self._output, self._lost):
            if output is not None:
                await closed(output.close)
        self._output = self._lost = None
