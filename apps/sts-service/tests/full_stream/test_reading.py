"""A two-minute reading through the ear of a stream, wherever it is cut: no word is lost, none said twice."""

from collections.abc import Iterator
from contextlib import AsyncExitStack
from itertools import pairwise

import numpy as np
import pytest
from sts_service.asr import RATE_HZ, Samples
from sts_service.engines.threads import Threads
from sts_service.full import hearing
from sts_service.full.context import Context
from sts_service.full.edges import PAUSE_S
from sts_service.full.hearing import Ear
from sts_service.full.piece import piece_of
from sts_service.full.settings import FullSettings
from sts_service.full.stage import Stage

from full_stream.perfect_ear import PerfectEar, Reading
from full_stream.sounds import audio, fragment


def loud(samples: Samples, begin_s: float) -> bool:
    """The recording is noise, which no detector of voices takes for speech."""
    return bool(np.abs(samples[round(begin_s * RATE_HZ) :]).max(initial=0) > 0.01)


@pytest.fixture(autouse=True)
def whatever_is_loud_is_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "is_speech", loud)


def two_minutes() -> Reading:
    """Words of 150 to 700 ms, two of three without a pause behind them."""
    rng = np.random.default_rng(11)
    lengths = rng.uniform(0.15, 0.7, 240)
    gaps = np.where(rng.random(240) < 2 / 3, 0.0, rng.uniform(0.02, 0.6, 240))
    return Reading.of([*lengths], gaps_s=[*gaps])


def fixed(reading: Reading, offset_s: float) -> list[float]:
    """Cuts each 6 s."""
    found = [0.0, offset_s]
    while found[-1] + 6 < reading.duration_s:
        found.append(found[-1] + 6)
    return [*found, reading.duration_s]


def in_pauses(reading: Reading) -> list[float]:
    """Cuts in the middle of a pause, 2 s to 10 s apart, as near to 6 s as they can be."""
    pauses_s = [
        (word.end_s + after.start_s) / 2
        for word, after in pairwise(reading.words)
        if after.start_s - word.end_s > 2 * PAUSE_S
    ]
    found = [0.0]
    while near := [at_s for at_s in pauses_s if 2 <= at_s - found[-1] <= 10]:
        found.append(min(near, key=lambda at_s: abs(at_s - found[-1] - 6)))
    return [*found, reading.duration_s]


def pieces(reading: Reading, edges_s: list[float]) -> Iterator[tuple[float, Samples]]:
    for start, end in pairwise(round(edge * RATE_HZ) for edge in edges_s):
        yield start / RATE_HZ, reading.samples[start:end]


class Listeners:
    """An ear for each way to cut a reading, all at one transcriber."""

    def __init__(self, listener: PerfectEar) -> None:
        self._listener = listener
        self._held = AsyncExitStack()

    async def __aenter__(self) -> "Listeners":
        spec, settings = self._listener.spec(), FullSettings()
        offer = spec.check(settings)
        self._stage = Stage(spec, offer, settings, timeout_ms=20_000, queue_bound=10)
        self._threads = Threads(1, "sound")
        await self._stage.start()
        self._held.push_async_callback(self._threads.close)
        self._held.push_async_callback(self._stage.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._held.aclose()

    async def hear(self, edges_s: list[float]) -> list[str]:
        ear = Ear(self._stage, self._threads, "a", "en", Context("en", ""), usual_s=6.0)
        said: list[str] = []
        for number, (start_s, sound) in enumerate(pieces(self._listener.reading, edges_s)):
            sent = fragment(number, audio(sound, RATE_HZ), pts_ns=round(start_s * 1e9))
            with ear.arrival(number) as ticket:
                said += (await ear.hear(ticket, sent, piece_of(sent))).text.split()
        ear.close()
        return said


def faults(said: list[str], reading: Reading) -> list[str]:
    """Words lost, said twice, or out of their order."""
    numbers = [int(word.lstrip("~w")) for word in said]
    expected = list(range(len(reading.words)))
    lost = [f"lost {n}" for n in expected if n not in numbers]
    twice = [f"twice {n}" for n in expected if numbers.count(n) > 1]
    return lost + twice + (["out of order"] if sorted(numbers) != numbers else [])


@pytest.mark.parametrize(
    ("jitter_s", "first_ms"),
    [(0.0, 100), (0.0, 200), (0.0, 300), (0.0, 400), (0.08, 100)],
    ids=lambda value: f"{value}",
)
async def test_no_word_is_lost_or_said_twice_at_any_offset(jitter_s: float, first_ms: int) -> None:
    """Exact times at each 100 ms, in four parts; times that are wrong at each 400 ms."""
    reading = two_minutes()
    found: list[str] = []
    async with Listeners(PerfectEar(reading, jitter_s=jitter_s)) as listeners:
        for offset_ms in range(first_ms, 6001, 400):
            said = await listeners.hear(fixed(reading, offset_ms / 1000))
            found += [f"{offset_ms}: {fault}" for fault in faults(said, reading)]
            # The first fragment is shorter than the usual, and so leaves nothing: its last may be a part.
            assert sum(word.startswith("~") for word in said) <= 1
    assert found == []


@pytest.mark.parametrize("jitter_s", [0.0, 0.08], ids=["exact times", "times 80 ms wrong"])
async def test_cuts_in_pauses_split_no_word(jitter_s: float) -> None:
    reading = two_minutes()
    edges_s = in_pauses(reading)
    assert 15 < len(edges_s) < 30
    async with Listeners(PerfectEar(reading, jitter_s=jitter_s)) as listeners:
        said = await listeners.hear(edges_s)
    assert said == [word.text for word in reading.words]
