"""A server's worth of sessions to which random things happen, each compared with the page."""

from collections.abc import Callable

from dubbing_protocol import ErrorCode, FragmentData, FragmentSkip, SimulatedPressure
from sts_service.server import session as sessions
from sts_service.server.effects import Cancel, Effect, Limits, Work
from sts_service.server.flow import ServerLoad
from sts_service.server.order import SKIP_HORIZON
from sts_service.server.processor import failure

from unit.fragments import a_fragment, an_init
from unit.page import Expected, Page
from unit.promises import Seen, Trail, check_step, promise
from unit.steps import RESULTS, Setup, Step

MAX_AUDIO = 1024


class Stream:
    """One session, its page, and what its worker remembers."""

    def __init__(self, name: str, number: int, setup: Setup, load: ServerLoad) -> None:
        self.name, self.setup = name, setup
        init = an_init(name, max_inflight=setup.max_inflight, timeout_ms=setup.timeout_ms)
        limits = Limits(setup.thresholds, MAX_AUDIO, setup.rate_per_min)
        self.session = sessions.Session(init, limits, load, f"00000000-0000-4000-8000-{number:012}")
        self.page = Page(init, limits)
        self.trail = Trail()
        self.ids = 0
        self.refused: list[FragmentData] = []
        self.over: list[Work] = []

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.name}-{self.ids}"

    def glimpse(self) -> tuple[object, ...]:
        return (self.session.state, self.session.inflight, self.session.next_deadline())


class World:
    """Every step checks every promise; `finish` judges the ends."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.now = 1000.0
        self.load = ServerLoad(setup.queue_max_depth)
        self.opened = 0
        self.streams = [self._open(f"stream-{index}") for index in range(setup.streams)]

    @property
    def on_server(self) -> int:
        return sum(len(stream.page.inflight) for stream in self.streams)

    def step(self, step: Step) -> None:
        stream = self.streams[step.stream % len(self.streams)]
        happen: Callable[[Stream, int, int], None] = getattr(self, f"_{step.kind}")
        happen(stream, step.a, step.b)
        self._check_books()

    def finish(self) -> None:
        """Ends every stream; by its number, one of the ways a stream can end."""
        for index, stream in enumerate(self.streams):
            if index == 1:
                self._tick_until_idle(stream)
            if stream.page.is_open:
                self._end(stream, 1, 0)
            if index == 2:
                self._fail_all(stream, 1, 0)
            while stream.page.working:
                self._finish(stream, index, 1)
            promise(stream.page.state == "completed", "nothing is in flight, and the stream is not complete")
            stream.trail.check_end()
            self._check_books()
        promise(self.load.inflight == 0, "the server still counts fragments", self.load.inflight)

    def _open(self, name: str) -> Stream:
        self.opened += 1
        stream = Stream(name, self.opened, self.setup, self.load)
        seen = Seen(stream.session.open(batch_processing=True))
        promise(len(seen.messages) == len(seen.effects) == 1, "stream:ready alone answers stream:init", seen)
        return stream

    def _check_books(self) -> None:
        for stream in self.streams:
            count = stream.session.inflight
            promise(0 <= count <= stream.page.cap, "in flight", count)
            promise(count == len(stream.page.inflight), "in flight", count, len(stream.page.inflight))
            promise(stream.session.state == stream.page.state, "state", stream.session.state)
            due, expected = stream.session.next_deadline(), stream.page.deadline()
            promise(
                expected is None or (due is not None and due <= expected), "wakes too late", due, expected
            )
        promise(
            self.load.inflight == self.on_server, "the server's count", self.load.inflight, self.on_server
        )

    def _see(self, stream: Stream, effects: list[Effect], expected: Expected) -> None:
        seen = Seen(effects)
        check_step(seen, expected, stream.page, self.on_server)
        left = expected.retries + expected.in_order
        withheld = [piece for piece in left if piece.result and piece.result.withheld]
        stream.trail.add(seen, [piece.fragment.fragment_id for piece in withheld])
        stream.over += [piece.work for piece in left if piece.work]

    def _offer(self, stream: Stream, fragment: FragmentData) -> None:
        code = stream.page.verdict(fragment, self.now, self.on_server, self.setup.queue_max_depth)
        before = stream.glimpse()
        effects = stream.session.fragment(fragment, self.now)
        if code is None:
            self._see(stream, effects, stream.page.accept(fragment, self.now))
            return
        self._see(stream, effects, Expected(errors=[(code, fragment.fragment_id)]))
        promise(stream.glimpse() == before, "a refused fragment left a trace", before, stream.glimpse())
        if fragment.audio.format == "pcm_s16le" and code is not ErrorCode.DUPLICATE_FRAGMENT:
            stream.refused = [*stream.refused[-20:], fragment]

    def _send_number(self, stream: Stream, number: int, a: int = 0) -> None:
        fragment = a_fragment(number, stream.new_id(), stream_id=stream.name, duration_ms=1000 + a)
        self._offer(stream, fragment)

    def _wait(self, stream: Stream, a: int, b: int) -> None:
        """Time goes by, and nobody has looked yet."""
        self.now += a * b / 1000

    def _send(self, stream: Stream, a: int, b: int) -> None:
        self.now += b / 1000
        self._send_number(stream, stream.page.first_free, a)

    def _shuffled(self, stream: Stream, a: int, b: int) -> None:
        first = stream.page.first_free
        numbers = list(range(first, first + 2 + a % 4))
        for turn in range(len(numbers)):
            self._send_number(stream, numbers.pop((a * 7 + b + turn) % len(numbers)), a)

    def _ahead(self, stream: Stream, a: int, b: int) -> None:
        self._send_number(stream, stream.page.next + a % (stream.page.cap + 3), b)

    def _used(self, stream: Stream, a: int, b: int) -> None:
        self._send_number(stream, max(0, stream.page.next - 1 - a % 4), b)

    def _repeat(self, stream: Stream, a: int, b: int) -> None:
        """The same id again, whatever became of it; now and then under another number."""
        known = [piece.fragment for piece in (*stream.page.inflight, *stream.page.delivered.values())]
        if known:
            before = known[a % len(known)]
            number = before.sequence_number + (b % 4 == 0)
            self._offer(stream, before.model_copy(update={"sequence_number": number}))

    def _retry(self, stream: Stream, a: int, b: int) -> None:
        failed = [
            piece.fragment
            for piece in stream.page.delivered.values()
            if piece.result and piece.result.error and piece.result.error.retryable
        ]
        if failed:
            self.now += b / 1000
            self._offer(stream, failed[a % len(failed)])

    def _again(self, stream: Stream, a: int, b: int) -> None:
        """What was refused, under the same id and number."""
        if stream.refused:
            self._offer(stream, stream.refused.pop(a % len(stream.refused)))

    def _bad_audio(self, stream: Stream, a: int, b: int) -> None:
        wrong = {"format": "m4a"} if a % 2 else {"data_base64": "A" * (MAX_AUDIO + 4)}
        fragment = a_fragment(stream.page.first_free, stream.new_id(), stream_id=stream.name, **wrong)
        self._offer(stream, fragment)

    def _finish(self, stream: Stream, a: int, b: int) -> None:
        working = stream.page.working
        if working:
            self.now += b / 1000
            piece, result = working[a % len(working)], RESULTS[b % len(RESULTS)]
            assert piece.work is not None
            effects = stream.session.finished(piece.work, result, self.now)
            stream.page.settle(piece, result, self.now)
            self._see(stream, effects, stream.page.leave(Expected()))

    def _late(self, stream: Stream, a: int, b: int) -> None:
        """The result of a work that the session has given up, or has had."""
        given_up = [piece.work for piece in stream.page.inflight if piece.result and piece.work]
        works = stream.over + given_up
        if works:
            effects = stream.session.finished(works[a % len(works)], RESULTS[b % len(RESULTS)], self.now)
            self._see(stream, effects, Expected())

    def _skip(self, stream: Stream, a: int, b: int) -> None:
        if stream.page.state == "completed":
            return  # the connection answers for a stream that is over
        numbers = self._numbers_to_skip(stream, a, b)
        skip = FragmentSkip(stream_id=stream.name, sequence_numbers=numbers)
        effects = stream.session.skip(skip, self.now)
        expected = Expected()
        too_far = []
        in_flight = {piece.number: piece for piece in stream.page.inflight}
        for number in numbers:
            piece = in_flight.get(number)
            if piece and piece.work:
                if piece.result is None:
                    expected.cancelled.add(piece.work)
                stream.page.settle(piece, failure(ErrorCode.CANCELLED, "skipped"), self.now)
            elif stream.page.can_give_up(number):
                stream.page.give_up(number)
            else:
                too_far.append(number)
        if too_far:
            expected.errors.append((ErrorCode.INVALID_SEQUENCE, None))
        self._see(stream, effects, stream.page.leave(expected))

    def _numbers_to_skip(self, stream: Stream, a: int, b: int) -> list[int]:
        page = stream.page
        in_flight = [piece.number for piece in page.inflight]
        choices = [
            sorted(page.gaps()),
            [piece.number for piece in page.working],
            [piece.number for piece in page.inflight if piece.result],
            [piece.number for piece in page.inflight if piece.is_retry],
            [max(0, page.next - 1)],
            [page.next + b % page.cap],
            [page.next + page.cap + b, page.next + page.cap + b],
            [page.next + SKIP_HORIZON + b % 2, page.next + SKIP_HORIZON - 1],
            [*in_flight[b % 3 :], page.next, page.next + 1],
        ]
        chosen = choices[a % len(choices)]
        return chosen[b % len(chosen) :] if chosen else [page.next]

    def _pause(self, stream: Stream, a: int, b: int) -> None:
        effects = stream.session.pause()
        if stream.page.state == "active":
            stream.page.state = "paused"
        self._see(stream, effects, Expected())

    def _resume(self, stream: Stream, a: int, b: int) -> None:
        effects = stream.session.resume()
        if stream.page.state == "paused":
            stream.page.state = "active"
        self._see(stream, effects, Expected())

    def _tick(self, stream: Stream, a: int, b: int) -> None:
        self.now += a / 1000
        self._look(stream)

    def _deadline(self, stream: Stream, a: int, b: int) -> None:
        """To the very moment, a moment before or after it."""
        due = stream.session.next_deadline()
        if due is not None:
            self.now = max(self.now, due + (0, 0, -0.001, 0.001, 0.5)[a % 5])
        self._look(stream)

    def _look(self, stream: Stream) -> None:
        page, expected = stream.page, Expected()
        effects = stream.session.tick(self.now)
        for piece in page.working:
            if piece.accepted_at + page.timeout_s <= self.now and piece.work:
                expected.cancelled.add(piece.work)
                page.settle(piece, failure(ErrorCode.TIMEOUT, "late"), self.now)
        expected.missing = sorted(
            number for number, since in page.gaps().items() if since + page.timeout_s <= self.now
        )
        if expected.missing:
            expected.errors.append((ErrorCode.INVALID_SEQUENCE, None))
        for number in expected.missing:
            page.give_up(number)
        page.leave(expected)
        if page.pretence and page.pretence[0] <= self.now:
            page.end_pretence(expected)
        self._see(stream, effects, expected)
        due = stream.session.next_deadline()
        promise(due is None or due > self.now, "still due after a tick", due, self.now)

    def _tick_until_idle(self, stream: Stream) -> None:
        while stream.session.next_deadline() is not None:
            self._deadline(stream, 0, 0)
            self._check_books()

    def _pressure(self, stream: Stream, a: int, b: int) -> None:
        severity = ("low", "medium", "high")[a % 3]
        pressure = SimulatedPressure.from_wire(
            {
                "at_fragment": 1,
                "severity": severity,
                "action": ("none", "slow_down", "pause")[b % 3],
                "recommended_delay_ms": None if b % 2 else b,
                "clear_after_ms": a * 20,
            }
        )
        effects = stream.session.pretend_pressure(pressure, self.now)
        expected = Expected()
        if stream.page.state != "completed":
            stream.page.pretence = (self.now + pressure.clear_after_ms / 1000, pressure)
            expected.severities = [severity]
        self._see(stream, effects, expected)

    def _end(self, stream: Stream, a: int, b: int) -> None:
        """Now and then: long streams are where the trouble is. A complete one gives way to another."""
        if stream.page.state == "completed" and a % 2 == 0:
            stream.trail.check_end()
            self._takeover(stream, 0, 0)
        elif a % 4 == 1:
            effects = stream.session.end()
            expected = Expected()
            if stream.page.is_open:
                stream.page.state = "ending"
                for number in stream.page.gaps():
                    stream.page.give_up(number)
                stream.page.leave(expected)
            self._see(stream, effects, expected)

    def _takeover(self, stream: Stream, a: int, b: int) -> None:
        """The old session's work is cancelled and frees what it held; the new one starts at 0."""
        if a % 4:
            return
        working = {piece.work for piece in stream.page.working}
        effects = stream.session.abandon()
        cancelled = {effect.work for effect in effects if isinstance(effect, Cancel)}
        promise(cancelled == working and len(effects) == len(working), "cancels its work, no more", effects)
        promise(stream.session.inflight == 0 and stream.session.state == "closed", "is over")
        for piece in stream.page.inflight:
            if piece.work:
                late = stream.session.finished(piece.work, RESULTS[0], self.now)
                promise(late == [], "a closed session goes on", late)
        self.streams[self.streams.index(stream)] = self._open(stream.name)

    def _fail_all(self, stream: Stream, a: int, b: int) -> None:
        if a % 4 != 1:
            return
        effects = stream.session.fail_all("shutting down", self.now)
        expected = Expected()
        for piece in stream.page.working:
            if piece.work:
                expected.cancelled.add(piece.work)
            stream.page.settle(piece, failure(ErrorCode.TIMEOUT, "shutting down"), self.now)
        for number in stream.page.gaps():
            stream.page.give_up(number)
        self._see(stream, effects, stream.page.leave(expected))


def live(setup: Setup, steps: list[Step]) -> None:
    """A whole world, from its opening to its end."""
    world = World(setup)
    for step in steps:
        world.step(step)
    world.finish()
