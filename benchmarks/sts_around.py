"""What the service costs around its engines: with engines that take no time, and piece by piece."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dubbing_protocol import Audio as Sound
from sts_service.audio import mono_16k, read, write
from sts_service.fitting import Limits, Source, fit, loudness_lufs, stretcher
from sts_service.full.speech import Span, is_speech, span

from benchmarks.frames import DURATION_MS, FORMAT
from benchmarks.loads import percentile
from benchmarks.report import Figure, Wanted
from benchmarks.service import Kind, Service, running
from benchmarks.stream import Stream
from benchmarks.sts_sound import TEXTS, fragment
from benchmarks.sts_still import FITS_S, LONG_S, SPOKEN_HZ, StillSynthesizer

WANTED_MS = 40.0
START_TIMEOUT_S = 60.0
_TO_16_KHZ, _SPEECH = "resampled for recognition", "is it speech"


@dataclass(frozen=True, slots=True)
class Plan:
    fragments: int
    """Of a round; the first round warms up."""
    rounds: int
    times: int
    """That each piece of the work is done."""


def service(*options: str) -> Kind:
    """The one that dubs, without the limit that protects it from so quick a client."""

    def command(port: int) -> list[str]:
        limits = ["--fragment-rate-per-min=100000", "--log-level=warning"]
        return [sys.executable, "-m", "sts_service.full", f"--port={port}", *limits, *options]

    return Kind("the service", command, START_TIMEOUT_S)


def still(synthesizer: str) -> Kind:
    here = "benchmarks.sts_still"
    return service(
        f"--asr-engine={here}:TRANSCRIBER",
        f"--translation-engine={here}:TRANSLATOR",
        f"--tts-engine={here}:{synthesizer}",
    )


@dataclass(frozen=True, slots=True)
class Round:
    trips_ms: list[float]
    cpu_ms: float
    """A fragment, of the service and its engine processes."""


async def answered(running_service: Service, text: str, count: int, name: str) -> Round:
    """One fragment after the other: nothing waits for anything but its own work."""
    stream = Stream(name, fragment(text), count, in_flight=1)
    await stream.open(running_service.port)
    before_s = running_service.cpu_s()
    stream.run()
    await stream.all_processed
    cpu_s = running_service.cpu_s() - before_s
    await stream.close()
    trips = [(end - begin) * 1000 for begin, end in zip(stream.sent_at, stream.processed_at, strict=True)]
    return Round(trips, cpu_s * 1000 / count)


async def around(plan: Plan) -> list[Figure]:
    figures = []
    for synthesizer, what, wanted in (
        ("FITS", "m4a in and out, engines that take no time", Wanted(WANTED_MS)),
        ("LONG", f"the same, each dub stretched by {stretcher() or 'nothing: there is no stretcher'}", None),
    ):
        with running(still(synthesizer)) as one:
            rounds = [
                await answered(one, TEXTS[0], plan.fragments, f"around-{number}")
                for number in range(plan.rounds + 1)
            ][1:]
        figures += [
            Figure(f"{what}: p50", "ms", [percentile(each.trips_ms, 50) for each in rounds], wanted=wanted),
            Figure(f"{what}: p95", "ms", [percentile(each.trips_ms, 95) for each in rounds]),
            Figure(f"{what}: CPU", "ms", [each.cpu_ms for each in rounds]),
        ]
    return figures


def pieces(plan: Plan) -> Iterator[Figure]:
    """Of the first of these, alone and one after the other, in processor time."""
    data = fragment(TEXTS[0]).base64.decode()
    sound = Sound.model_validate({**FORMAT, "duration_ms": DURATION_MS, "data_base64": data})
    clip = read(sound)
    heard = mono_16k(clip)
    speech = span(heard) or Span(0.0, clip.duration_s)
    begin, end = round(speech.start_s * clip.rate_hz), round(speech.end_s * clip.rate_hz)
    loudness = loudness_lufs(clip.samples[begin:end], clip.rate_hz)
    source = Source(clip.length, clip.rate_hz, 0, clip.length // 2, loudness)
    fits, long = (StillSynthesizer(seconds).speech for seconds in (FITS_S, LONG_S))
    dub = fit(fits.samples, SPOKEN_HZ, source, Limits()).samples
    work: dict[str, Callable[[], object]] = {
        "M4A decoded": lambda: read(sound),
        _TO_16_KHZ: lambda: mono_16k(clip),
        _SPEECH: lambda: is_speech(heard, 0.0),
        "loudness of the source's speech": lambda: loudness_lufs(clip.samples[begin:end], clip.rate_hz),
        "dub fitted, nothing to stretch": lambda: fit(fits.samples, SPOKEN_HZ, source, Limits()),
        "dub encoded": lambda: write(dub, sound, clip.length),
    }
    for name, call in work.items():
        yield Figure(f"of it: {name}", "ms", _timed(call, plan.times, time.thread_time))
    # A process of its own stretches: its time is not this thread's.
    stretched = _timed(lambda: fit(long.samples, SPOKEN_HZ, source, Limits()), plan.times, time.perf_counter)
    yield Figure("dub fitted, and stretched", "ms", stretched)


def _timed(call: Callable[[], object], times: int, clock: Callable[[], float]) -> list[float]:
    call()
    took_ms = []
    for _ in range(times):
        began = clock()
        call()
        took_ms.append((clock() - began) * 1000)
    return took_ms
