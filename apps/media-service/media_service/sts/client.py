"""The speech service as the worker knows it: hand in fragments, hear of dubs and fallbacks."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable
from urllib.parse import urlsplit

from dubbing_protocol import ErrorSimulation
from service_kit.tracing import NO_TRACER, Tracer

from media_service.errors import SettingsWrong, SpeechServiceFailed
from media_service.sts.actions import Action, End, Renew
from media_service.sts.backoff import Backoff, GiveUp
from media_service.sts.connection import Broken, Connection, Refused, connected
from media_service.sts.conversation import Conversation
from media_service.sts.dispatch import Dispatch
from media_service.sts.fragment import Fragment, Stream
from media_service.sts.listener import Clock, Listener, ServiceState
from media_service.sts.logs import Log
from media_service.sts.messages import init_of
from media_service.sts.race import until_first_ends
from media_service.sts.reports import Reported, Reports

_MS_NS = 1_000_000

HOPELESS = {
    "AUTH_FAILED": "WORKER_STS_API_KEY",
    "INVALID_VOICE_PROFILE": "WORKER_VOICE_PROFILE",
    "INVALID_CONFIG": "one of WORKER_SOURCE_LANGUAGE, WORKER_TARGET_LANGUAGE, WORKER_STREAM_ID, WORKER_ID",
}
"""A setting is wrong, here or there: no retry heals it, so the log says it as an error that names it."""


class SpeechService:
    """One stream's sessions, one after the other. `run` keeps one open; the rest may be called at any time.

    All calls are made on the loop that runs `run`. The listener is called on it too, also from within the
    calls (`offer` may bring a fallback before it returns).
    """

    def __init__(
        self,
        url: str,
        stream: Stream,
        *,
        token: str | None,
        listener: Listener,
        clock: Clock = time.monotonic_ns,
        give_up: GiveUp = "never",
        simulation: ErrorSimulation | None = None,
        tracer: Tracer = NO_TRACER,
    ) -> None:
        """`simulation`: faults that an echo service is asked for at the beginning of each session."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname:
            raise SettingsWrong("the speech service's address must be http(s)://host[:port] or ws(s)://...")
        init_of(stream)
        self._url = url
        self._stream = stream
        self._token = token
        self._simulation = simulation
        self._clock = clock
        self._tracer = tracer
        self._backoff = Backoff(give_up)
        self._dispatch = Dispatch(stream.max_inflight, stream.timeout_ms * _MS_NS)
        self._log = Log(streamId=stream.stream_id)
        self._reports = Reports(listener, self._log)
        self._conversation: Conversation | None = None
        """While there is a session."""
        self._session_id: str | None = None
        self._tries = 0
        self._last_error: str | None = None
        self._refusal: str | None = None
        self._actions: deque[Action] = deque()
        self._acting = False
        self._stirred = asyncio.Event()
        """The time of the next tick may have changed."""
        self._renewal = asyncio.Event()
        """The session has done its work for the old format."""
        self._finishing = False
        self._complete = False
        self._nothing_more = asyncio.Event()
        """`finish` has nothing more to wait for."""
        self._stopped = asyncio.Event()

    @property
    def state(self) -> ServiceState:
        verdicts, flights = self._dispatch.verdicts, self._dispatch.flights
        return ServiceState(
            connected=self._dispatch.session.connected,
            session_id=self._session_id,
            breaker=verdicts.breaker.state,
            in_flight=len(flights.in_flight),
            waiting=len(flights.waiting),
            room=self._dispatch.room,
            pressure=verdicts.pace.action,
            reconnects=max(self._tries - 1, 0),
            last_error=self._last_error,
            refusal=self._refusal,
            rtt_median_ms=verdicts.round_trips.median_ms,
        )

    async def run(self) -> None:
        """Connects and stays connected until `finish`; `SpeechServiceFailed` when it is not to go on."""
        try:
            await until_first_ends(self._keep_connected(), self._keep_time(), self._until_stopped())
        finally:
            self._nothing_more.set()
            if self._conversation is not None:
                self._leave()
                self._reports.left()
            self._act(self._dispatch.lost("the stream has ended", self._clock()))
            self._act(self._dispatch.close(self._clock()))

    def offer(self, fragment: Fragment) -> None:
        """A slot's sound. It is answered or falls back, once."""
        self._act(self._dispatch.offered(fragment, self._clock()))

    def decided(self, slot: int, *, applied: bool) -> None:
        """The slot is decided: its dub goes on air, or it does not. An open slot falls back now."""
        self._act(self._dispatch.decided(slot, self._clock(), applied=applied))

    def pause(self, reason: str) -> None:
        """Nothing will be offered for a while."""
        self._act(self._dispatch.pause(reason, self._clock()))

    def resume(self) -> None:
        self._act(self._dispatch.resume(self._clock()))

    def change_stream(self, stream: Stream) -> None:
        """What is offered from now on has this format. What was offered is still finished; then a new session
        begins."""
        init_of(stream)
        self._stream = stream
        self._act(self._dispatch.change(stream.max_inflight, stream.timeout_ms * _MS_NS, self._clock()))

    async def finish(self, timeout_s: float) -> bool:
        """Ends the stream: what is in flight is awaited, then `stream:complete`. True when that came.

        Whatever is open after `timeout_s` falls back, and `run` returns.
        """
        self._finishing = True
        self._act(self._dispatch.end(self._clock()))
        try:
            async with asyncio.timeout(timeout_s):
                await self._nothing_more.wait()
        except TimeoutError:
            self._log.warning("the stream did not complete in time", timeoutS=timeout_s)
        self._act(self._dispatch.close(self._clock()))
        self._stopped.set()
        return self._complete

    # Sessions

    async def _keep_connected(self) -> None:
        while True:
            self._tries += 1
            wrong: str | None = None
            try:
                await self._one_session()
                self._tries -= 1
                continue
            except Broken as error:
                self._last_error = str(error)
                self._refusal = None
            except Refused as error:
                self._last_error = f"{error.code}: {error}"
                self._refusal = str(error)
                wrong = None if error.retryable else HOPELESS.get(error.code)
            self._leave()
            self._reports.session(False, self._last_error, wrong_setting=wrong)
            self._act(self._dispatch.lost(self._last_error, self._clock()))
            delay_s = self._backoff.next_s(hopeless=wrong is not None)
            if delay_s is None:
                raise SpeechServiceFailed(f"the speech service is given up: {self._last_error}")
            await asyncio.sleep(delay_s)

    async def _one_session(self) -> None:
        """Returns when another is wanted at once, for another format."""
        stream = self._stream
        headers = {"X-Stream-ID": stream.stream_id, "X-Worker-ID": stream.worker_id}
        async with connected(self._url, headers, self._token) as connection:
            conversation = Conversation(
                connection, stream, self._dispatch, self._clock, self._log, self._tracer
            )
            try:
                await until_first_ends(connection.write(), self._converse(connection, conversation, stream))
            finally:
                conversation.close()

    async def _converse(self, connection: Connection, conversation: Conversation, stream: Stream) -> None:
        ready = await conversation.open()
        if stream is not self._stream:
            return
        self._backoff.reset()
        self._renewal.clear()
        self._conversation, self._session_id = conversation, ready.session_id
        self._log.fields["sessionId"] = ready.session_id
        self._refusal = None
        self._reports.session(True, "ready")
        if self._simulation is not None:
            connection.send("config:error_simulation", self._simulation.to_wire())
        self._act(self._dispatch.ready(ready.max_inflight, self._clock()))
        await until_first_ends(self._listen(conversation), self._until_renewal(connection, conversation))

    async def _listen(self, conversation: Conversation) -> None:
        while True:
            actions = await conversation.hear()
            self._complete = self._complete or conversation.complete
            self._act(actions)

    async def _until_renewal(self, connection: Connection, conversation: Conversation) -> None:
        await self._renewal.wait()
        self._leave()
        conversation.tell(End())
        await connection.flush()

    def _leave(self) -> None:
        self._conversation = self._session_id = None
        self._log.fields.pop("sessionId", None)

    # Time and actions

    async def _keep_time(self) -> None:
        while True:
            self._stirred.clear()
            wake_ns = self._dispatch.next_wake_ns()
            wait_s = None if wake_ns is None else max(wake_ns - self._clock(), 0) / 1e9
            try:
                async with asyncio.timeout(wait_s):
                    await self._stirred.wait()
            except TimeoutError:
                self._act(self._dispatch.tick(self._clock()))

    async def _until_stopped(self) -> None:
        await self._stopped.wait()

    def _act(self, actions: Iterable[Action]) -> None:
        """Carries the actions out in order, also when a listener calls back from the midst of it."""
        self._actions.extend(actions)
        if self._acting:
            return
        self._acting = True
        try:
            while self._actions:
                self._carry_out(self._actions.popleft())
        finally:
            self._acting = False
        self._stirred.set()
        session = self._dispatch.session
        gone = not session.connected and not session.renewing and self._dispatch.flights.empty
        if self._complete or (self._finishing and gone):
            self._nothing_more.set()

    def _carry_out(self, action: Action) -> None:
        if isinstance(action, Renew):
            self._renewal.set()
        elif self._conversation is not None:
            self._actions.extendleft(reversed(self._conversation.tell(action)))
        if isinstance(action, Reported):
            self._reports.tell(action)
