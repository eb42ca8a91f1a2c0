"""One flood with a witness: quiet, the flood, and the peace after it."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flood.service import TESTS, Service, environment, stop

QUIET_S = 4.0
WARM_UP_S = 1.0
FLOOD_TIMEOUT_S = 50.0
MEMORY_TIMEOUT_S = 15.0

QUIET_FLOOR_MS = 10.0
"""A quiet p99 of 2 ms says as much about the machine's scheduler as about the service, and three times it is
noise; so a quiet p99 below this counts as this. No stream of seconds-long fragments notices 30 ms."""

WORST_RATIO = 3.0
MEMORY_SLACK_MIB = 20.0
FEWEST_SAMPLES = 60
"""Of fewer than a hundred the 99th percentile is the worst, which is only stricter."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a flood did."""

    name: str
    rounds: list[dict[str, Any]]
    """What the attackers saw each time."""
    flood_s: float
    quiet_ms: list[float]
    during_ms: list[float]
    unexpected: list[str]
    """What the witness was told and should not have been, and fragments that it got no result of."""
    rss_before_mib: float
    rss_peak_mib: float
    rss_after_mib: float

    @property
    def quiet_p99_ms(self) -> float:
        return p99(self.quiet_ms)

    @property
    def during_p99_ms(self) -> float:
        return p99(self.during_ms)

    @property
    def ratio(self) -> float:
        return self.during_p99_ms / max(self.quiet_p99_ms, QUIET_FLOOR_MS)

    def row(self) -> str:
        trips = (
            f"witness p99 {self.quiet_p99_ms:.1f} ms quiet ({len(self.quiet_ms)} samples), "
            f"{self.during_p99_ms:.1f} during ({len(self.during_ms)}), ratio {self.ratio:.2f}"
        )
        before, peak, after = self.rss_before_mib, self.rss_peak_mib, self.rss_after_mib
        memory = f"RSS {before:.1f} MiB before, {peak:.1f} peak, {after:.1f} after"
        return f"{self.name}: {self.flood_s:.2f} s; {trips}; {memory}; {json.dumps(self.rounds)}"

    def check_others_unharmed(self) -> None:
        """Raises AssertionError unless nobody else noticed and the memory came back."""
        assert self.unexpected == [], self.row()
        assert min(len(self.quiet_ms), len(self.during_ms)) >= FEWEST_SAMPLES, self.row()
        assert self.ratio <= WORST_RATIO, self.row()
        assert self.rss_after_mib <= self.rss_before_mib + MEMORY_SLACK_MIB, self.row()


def p99(values: list[float]) -> float:
    """The smallest value that 99 % do not exceed."""
    return sorted(values)[-(-len(values) * 99 // 100) - 1]


def flooded(service: Service, attack: str) -> Trial:
    with _witness(service.url) as witness:
        time.sleep(WARM_UP_S)
        quiet_from = time.monotonic()
        time.sleep(QUIET_S)
        quiet_until, rss_before = time.monotonic(), service.rss_mib()
        flood = _flood(attack, service.url)
        rss_after = _settled(service, rss_before + MEMORY_SLACK_MIB)
        report, _ = witness.communicate(timeout=20)
    streams = json.loads(report)

    def trips(begin: float, end: float) -> list[float]:
        return [
            trip
            for stream in streams
            for sent_at, trip in zip(stream["sent_at"], stream["trip_ms"], strict=True)
            # What was sent just before the flood is still under way when it begins.
            if trip is not None and sent_at + trip / 1000 >= begin and sent_at <= end
        ]

    unexpected = [text for stream in streams for text in stream["unexpected"]]
    unexpected += ["no result" for stream in streams for trip in stream["trip_ms"] if trip is None]
    return Trial(
        name=attack,
        rounds=flood["rounds"],
        flood_s=flood["ended"] - flood["began"],
        quiet_ms=trips(quiet_from, quiet_until),
        during_ms=trips(flood["began"], flood["ended"]),
        unexpected=unexpected,
        rss_before_mib=rss_before,
        rss_peak_mib=service.peak_mib(),
        rss_after_mib=rss_after,
    )


def _flood(attack: str, url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "flood.attack", attack, url]
    done = subprocess.run(
        command, cwd=TESTS, env=environment(), capture_output=True, text=True, timeout=FLOOD_TIMEOUT_S
    )
    assert done.returncode == 0, done.stderr
    flood: dict[str, Any] = json.loads(done.stdout)
    return flood


def _settled(service: Service, wanted_mib: float) -> float:
    """The memory once it is back to what is wanted, or after the time-out."""
    deadline = time.monotonic() + MEMORY_TIMEOUT_S
    while (held := service.rss_mib()) > wanted_mib and time.monotonic() < deadline:
        time.sleep(0.1)
    return held


@contextlib.contextmanager
def _witness(url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "flood.witness", url]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=TESTS, env=environment(), stdin=pipe, stdout=pipe, text=True
    ) as witness:
        try:
            assert witness.stdout is not None
            assert witness.stdout.readline() == "ready\n"
            yield witness
        finally:
            stop(witness)
