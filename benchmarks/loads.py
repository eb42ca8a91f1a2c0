"""The loads that a service is put under, and what each tells."""

import asyncio
import contextlib
import gc
import json
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.frames import Audio
from benchmarks.service import Service
from benchmarks.stream import Stream, StreamFailed

LOAD_TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class Saturation:
    """What a service makes of as much work as it can take."""

    cpu_ms: float
    """Milliseconds of processor time of the service, a fragment."""
    p50_ms: float
    """Milliseconds from sending a fragment to having its result."""
    p99_ms: float
    per_second: float
    """Fragments."""
    generator_busy: float
    """Share of one core that making the load took; near 1, throughput and round trip are the generator's."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a service makes of a steady load."""

    ack_p50_ms: float
    """Milliseconds from sending a fragment to its acknowledgement."""
    ack_p99_ms: float
    result_p50_ms: float
    result_p99_ms: float
    cpu_percent: float
    """Of one core."""


async def saturate(
    service: Service, audio: Audio, streams: int, in_flight: int, fragments: int
) -> Saturation:
    """`streams` workers at once, each sending `fragments`, always `in_flight` of them unanswered."""
    async with _opened(service, audio, streams, fragments, in_flight) as workers:
        with _no_collection():
            cpu_s, own_s, began = service.cpu_s(), time.process_time(), time.perf_counter()
            for worker in workers:
                worker.run()
            await _all_processed(workers)
            wall_s = time.perf_counter() - began
            own_s, cpu_s = time.process_time() - own_s, service.cpu_s() - cpu_s
    count = streams * fragments
    trips = [trip for worker in workers for trip in _durations_ms(worker.sent_at, worker.processed_at)]
    return Saturation(
        cpu_ms=cpu_s * 1000 / count,
        p50_ms=percentile(trips, 50),
        p99_ms=percentile(trips, 99),
        per_second=count / wall_s,
        generator_busy=own_s / wall_s,
    )


async def pace(service: Service, audio: Audio, streams: int, seconds: int) -> Pace:
    """`streams` workers, each sending one fragment a second, each at its own moment of the second."""
    moments = random.Random(1)
    async with _opened(service, audio, streams, seconds, in_flight=3) as workers:
        with _no_collection():
            loop = asyncio.get_running_loop()
            cpu_s, began = service.cpu_s(), time.perf_counter()
            for worker in workers:
                moment = loop.time() + moments.random()
                for number in range(seconds):
                    loop.call_at(moment + number, worker.send)
            await _all_processed(workers)
            wall_s, cpu_s = time.perf_counter() - began, service.cpu_s() - cpu_s
    acks = [ack for worker in workers for ack in _durations_ms(worker.sent_at, worker.acked_at)]
    trips = [trip for worker in workers for trip in _durations_ms(worker.sent_at, worker.processed_at)]
    return Pace(
        ack_p50_ms=percentile(acks, 50),
        ack_p99_ms=percentile(acks, 99),
        result_p50_ms=percentile(trips, 50),
        result_p99_ms=percentile(trips, 99),
        cpu_percent=cpu_s / wall_s * 100,
    )


async def check_echo(service: Service, audio: Audio) -> None:
    """Raises unless a result holds the very audio that was sent."""
    async with _opened(service, audio, streams=1, fragments=1, in_flight=1) as [worker]:
        worker.kept = bytearray()
        worker.run()
        await _all_processed([worker])
        event, result = json.loads(worker.kept[2:])
    if event != "fragment:processed" or result["dubbed_audio"]["data_base64"].encode() != audio.base64:
        raise StreamFailed(f"{service.kind.name} did not return the audio as it came")
    if result["sequence_number"] != 0 or worker.acked_at[0] == 0.0:
        raise StreamFailed(f"{service.kind.name} did not answer as the protocol says")


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


@contextlib.asynccontextmanager
async def _opened(
    service: Service, audio: Audio, streams: int, fragments: int, in_flight: int
) -> AsyncIterator[list[Stream]]:
    prefix = f"bench-{random.randrange(16**8):08x}"
    workers = [Stream(f"{prefix}-{number}", audio, fragments, in_flight) for number in range(streams)]
    await asyncio.gather(*(worker.open(service.port) for worker in workers))
    yield workers
    await asyncio.gather(*(worker.close() for worker in workers))


async def _all_processed(workers: Sequence[Stream]) -> None:
    async with asyncio.timeout(LOAD_TIMEOUT_S):
        await asyncio.gather(*(worker.all_processed for worker in workers))


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Keeps our own garbage collector from adding to a round trip."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _durations_ms(begun: Sequence[float], ended: Sequence[float]) -> list[float]:
    return [(end - begin) * 1000 for begin, end in zip(begun, ended, strict=True)]
