"""What all connections share: streams and who holds them, the load, the metrics, the owner of the tasks."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Coroutine
from typing import Any

from dubbing_protocol import ErrorCode
from service_kit import tracing
from service_kit.logs import named

from sts_service.server.admission import Admission, Refusal
from sts_service.server.connection import Connection
from sts_service.server.flow import ServerLoad
from sts_service.server.gateway import Peer
from sts_service.server.metrics import Metrics
from sts_service.server.processor import Processor
from sts_service.server.settings import ServerSettings

log = logging.getLogger(__name__)

DRAIN_S = 10.0
"""How long a shutdown waits for what is in flight."""

GOODBYE_S = 3.0
"""How long it then waits for the connections to go."""


class Hub:
    """Makes connections and outlives them."""

    def __init__(self, settings: ServerSettings, processor: Processor) -> None:
        self.settings = settings
        self.processor = processor
        self.load = ServerLoad(settings.queue_max_depth)
        self.metrics = Metrics()
        self.draining = False
        self.tracer = tracing.NO_TRACER
        self._admission = Admission(
            settings.sts_api_key, settings.ws_max_connections, settings.ws_connect_rate_per_s
        )
        self._connections: set[Connection] = set()
        self._empty = asyncio.Event()
        self._streams: dict[str, Connection] = {}
        self._tasks: asyncio.TaskGroup | None = None

    async def __aenter__(self) -> "Hub":
        settings = self.settings
        self.tracer = tracing.start(
            settings.trace_endpoint,
            settings.trace_ratio,
            service="livedub-sts",
            instance=socket.gethostname(),
        )
        self._tasks = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in list(self._connections):
            await connection.gone()
        assert self._tasks is not None
        await self._tasks.__aexit__(None, None, None)
        await asyncio.to_thread(self.tracer.close, tracing.CLOSE_S)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Starts a task that this hub owns; its failure is logged and harms no other."""
        assert self._tasks is not None
        return self._tasks.create_task(_contained(work))

    def admit(self, peer: Peer, token: object) -> Refusal | None:
        """Decides a handshake."""
        refusal = self._admission.refusal(peer.address, token, len(self._connections), time.monotonic())
        if refusal is None and not self.processor.admits(peer.stream_header):
            refusal = Refusal(ErrorCode.AUTH_FAILED, "simulated for this stream")
        self.metrics.connections.labels("accepted" if refusal is None else refusal.code.lower()).inc()
        if refusal:
            log.warning("handshake refused", extra=named(peer=peer.address, error_code=refusal.code))
        return refusal

    def connect(self, peer: Peer) -> Connection:
        connection = Connection(peer, self)
        self._connections.add(connection)
        return connection

    def holder(self, stream_id: str) -> Connection | None:
        return self._streams.get(stream_id)

    def take(self, stream_id: str, connection: Connection) -> None:
        """Gives the stream to the connection; one that held it is closed."""
        before = self._streams.get(stream_id)
        self._streams[stream_id] = connection
        if before:
            self.spawn(before.taken_over())

    def free(self, connection: Connection) -> None:
        """The connection's stream is over, or the connection itself."""
        for stream_id in [name for name, holder in self._streams.items() if holder is connection]:
            del self._streams[stream_id]
            self.metrics.forget(stream_id)
        if connection.is_released:
            self._connections.discard(connection)
            if not self._connections:
                self._empty.set()

    def exposition(self) -> bytes:
        """The metrics as of now."""
        inflight = {stream_id: connection.inflight for stream_id, connection in self._streams.items()}
        self.processor.measure(self.metrics)
        return self.metrics.exposition(inflight, self.load.inflight)

    async def drain(self) -> None:
        """Ends every stream, waits for what is in flight, then says goodbye."""
        self.draining = True
        for connection in list(self._connections):
            await connection.drain()
        if not await self._all_gone(DRAIN_S):
            log.warning("shutdown does not wait any longer", extra=named(in_flight=self.load.inflight))
            for connection in list(self._connections):
                await connection.give_up()
            await self._all_gone(GOODBYE_S)

    async def _all_gone(self, timeout_s: float) -> bool:
        if self._connections:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self._empty.wait()
        return not self._connections


async def _contained(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("a connection's task failed")
