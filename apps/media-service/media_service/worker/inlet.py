"""The source's life: connect, watch, reconnect. The tick polls it; a task of its own does what may block."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from media_service.errors import InputFailed
from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Track
from media_service.timeline.units import SECOND_NS, Clock
from media_service.worker.swelling import Swelling
from media_service.worker.waiting import closed, first_of, opened

if TYPE_CHECKING:
    from media_service.pipeline.source import Source

log = logging.getLogger("media_service.input")

RETRY_S = (1, 2, 4)
"""Waits before each new attempt; the last one goes on."""
STALL_NS = 3 * SECOND_NS
"""A live source without a packet for this long is gone, whatever its connection says."""
FIRST_PACKET_NS = 10 * SECOND_NS
FILE_NS = 30 * SECOND_NS
"""The same for a file: on a broken one GStreamer may lock itself up, and tells nobody."""
OPEN_S = 15.0


class InletState(Enum):
    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    ENDED = "ended"


class Inlet:
    """`poll` is called by the tick, `run` by one task; both on the loop."""

    def __init__(
        self,
        make: "Callable[[], Source]",
        clock: Clock,
        *,
        grace_s: float,
        live: bool,
        returns: bool = True,
        on_connected: Callable[[], None],
        on_lost: Callable[[str], None],
        swelling: Swelling | None = None,
    ) -> None:
        """`returns`: a source that failed may be there again; a file is what it is."""
        self._make = make
        self._clock = clock
        self._grace_ns = int(grace_s * SECOND_NS)
        self._live = live
        self._returns = returns
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._source: Source | None = None
        self._dropped = asyncio.Event()
        self._stopped = asyncio.Event()
        self._last_packet_ns = 0
        """Or when a connection was made, which gives the next one its time."""
        self._heard_ns = 0
        """The last packet of any connection: what the grace counts from."""
        self._swelling = swelling or Swelling()
        self.state = InletState.CONNECTING
        self.connections = 0
        self._was_live = False
        self.last_error = ""
        self._reconnects = 0

    @property
    def reconnects(self) -> int:
        return self._reconnects

    def has(self, track: Track) -> bool:
        return self._source is not None and self._source.has(track)

    @property
    def complete(self) -> bool:
        return self._source is not None and self._source.complete

    @property
    def picture_shift_ns(self) -> int | None:
        return self._source.picture_shift_ns if self._source is not None else None

    def poll(self, most: int = 200) -> list[Packet]:
        """What has come. A failure ends this connection, not the worker. Raises `InputFailed` for good."""
        if self._source is None or self.state in (InletState.LOST, InletState.ENDED):
            return []
        try:
            packets = self._source.poll(most)
        except InputFailed as error:
            self._drop(error)
            return []
        now = self._clock()
        if packets:
            if self.state is not InletState.LIVE:
                self.state = InletState.LIVE
                self.connections += 1
                self._on_connected()
            self._last_packet_ns = self._heard_ns = now
            self._swelling.fed()
        elif self._source.ended:
            if self._live:
                self._drop(InputFailed("the source has stopped sending"))
            elif self.connections == 0:
                raise InputFailed("the source holds neither sound nor picture", retryable=False)
            else:
                self.state = InletState.ENDED
                self._stopped.set()
        elif (self._live or self.state is InletState.CONNECTING) and self._swelling.is_too_much():
            self._source.cut()
            self._drop(InputFailed("the source sends without an end what cannot be played"))
        elif self._patience_ns is not None and now - self._last_packet_ns > self._patience_ns:
            self._drop(InputFailed("nothing has come from the source for a while"))
        return packets

    @property
    def _patience_ns(self) -> int | None:
        """None: what is read on demand may rest."""
        if self._live:
            return STALL_NS if self.state is InletState.LIVE else FIRST_PACKET_NS
        return FILE_NS if not self._returns and self.state is InletState.CONNECTING else None

    def stop(self) -> None:
        """No more packets are wanted."""
        if self.state is not InletState.ENDED:
            self.state = InletState.ENDED
            self._stopped.set()

    async def run(self) -> None:
        """Keeps the source connected until it ends. Raises `InputFailed` when it is gone for good."""
        attempt = 0
        lost_ns = self._clock()
        try:
            while not self._stopped.is_set():
                error = await self._connect()
                if error is None:
                    await first_of(self._dropped, self._stopped)
                    if self._stopped.is_set():
                        break
                    if self.connections:
                        # It was live: the grace begins now, and so do the waits.
                        lost_ns = max(lost_ns, self._heard_ns)
                        attempt = 0 if self._was_live else attempt
                    self._dropped.clear()
                    await self._close()
                elif not error.retryable:
                    raise error
                if not self._returns:
                    raise InputFailed(self.last_error, retryable=False)
                wait_s = RETRY_S[min(attempt, len(RETRY_S) - 1)]
                attempt += 1
                if self._clock() - lost_ns + wait_s * SECOND_NS > self._grace_ns:
                    raise InputFailed(f"the source is gone: {self.last_error}", retryable=False)
                log.info("source: connecting again in %d s", wait_s)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._stopped.wait()
                self._reconnects += 1
        finally:
            await self._close()

    async def _connect(self) -> InputFailed | None:
        source = self._make()
        self._was_live = False
        try:
            await opened(source.open, source.close, OPEN_S)
        except InputFailed as failed:
            self._note(failed)
            return failed
        except TimeoutError:
            slow = InputFailed("opening the source takes too long")
            self._note(slow)
            return slow
        self._last_packet_ns = self._clock()
        self._swelling.fed()
        self._source = source
        self.state = InletState.CONNECTING
        return None

    def _drop(self, error: InputFailed) -> None:
        self._was_live = self.state is InletState.LIVE
        if not error.retryable:
            raise error
        self._note(error)
        self.state = InletState.LOST
        self._on_lost(str(error))
        self._dropped.set()

    def _note(self, error: InputFailed) -> None:
        self.last_error = str(error)
        log.warning("source lost: %s", error, extra={"fields": {"detail": error.detail or None}})

    async def _close(self) -> None:
        source, self._source = self._source, None
        if source is not None:
            await closed(source.close)
