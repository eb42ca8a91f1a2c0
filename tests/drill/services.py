"""Between the worker and the speech service, and the service itself."""

import signal

from drill.proxy import Fault
from drill.scenario import DELAY_S, SEGMENT_S, Promise, Scenario
from drill.troubles import killed, link, mode, stopped

AGAIN_S = SEGMENT_S + DELAY_S
"""From a session that is ready to its first dub on air: the segment that has begun is not whole."""
BREAKER_S = 30.0
START_S = 2.0
"""Of the service."""


def _original(wait_s: float, reason: str) -> Promise:
    """`wait_s` until a session is ready again."""
    return Promise(wait_s + AGAIN_S, originals="some", reason=reason)


SERVICES = (
    Scenario(
        "service",
        "no drop",
        "100 ms later, with up to 200 ms of jitter",
        link("service", Fault(delay_s=0.1, jitter_s=0.2)),
        short=True,
    ),
    Scenario(
        "service",
        "short drop",
        "half-open for 1 s",
        link("service", Fault(silent=True)),
        Promise(reason="within its budget of 2 s"),
        hold_s=1,
    ),
    Scenario(
        "service",
        "immediate fallback",
        "cut once",
        link("service", cut=True),
        _original(2, "the original at once; connected again after 2 s"),
        hold_s=0,
        short=True,
    ),
    Scenario(
        "service",
        "long drop",
        "half-open for 7 s",
        link("service", Fault(silent=True)),
        _original(0, "the original in the slots that are late"),
        hold_s=7,
    ),
    Scenario(
        "service",
        "long drop and recovery",
        "cut, and refused for 7 s",
        link("service", Fault(refused=True), cut=True),
        _original(8, "connected again after 2, 4, 8 s"),
        hold_s=7,
    ),
    Scenario(
        "service",
        "long drop, breaker open",
        "half-open for 14 s",
        link("service", Fault(silent=True)),
        _original(BREAKER_S, "after five failures in a row nothing is sent for 30 s"),
        hold_s=14,
    ),
    Scenario(
        "service",
        "initial time-out",
        "refused for the first 8 s on air",
        link("service", Fault(refused=True)),
        _original(16, "the original from the start; connected after 2, 4, 8, 16 s"),
        hold_s=8,
        from_start=True,
    ),
    Scenario(
        "service",
        "killed",
        "killed, there again after 3 s",
        killed("service"),
        _original(8 + START_S, "connected again after 2, 4, 8 s"),
        hold_s=3,
        short=True,
    ),
    Scenario(
        "service",
        "restarted",
        "told to end (TERM), there again after 1 s",
        killed("service", signal.SIGTERM),
        _original(4 + START_S, "connected again after 2, 4 s"),
        hold_s=1,
    ),
    Scenario(
        "service",
        "stopped",
        "stopped for 5 s (STOP, CONT)",
        stopped("service"),
        _original(0, "the original in the slots that are late"),
        hold_s=5,
    ),
    Scenario(
        "service",
        "manual switch",
        "the operator wants the original for 5 s",
        mode("original", "dub"),
        Promise(0.2, reason="original or dub within 200 ms"),
        hold_s=5,
        switches=True,
        short=True,
    ),
    Scenario(
        "service",
        "too little bandwidth",
        "20 kB/s for 8 s, of 32 there and 40 back",
        link("service", Fault(bytes_per_s=20_000)),
        _original(SEGMENT_S, "the original in the slots that are late"),
        hold_s=8,
    ),
    Scenario(
        "service",
        "slow drip",
        "100 bytes a second for 6 s",
        link("service", Fault(bytes_per_s=100, drip_bytes=5)),
        _original(SEGMENT_S, "the original in the slots that are late"),
        hold_s=6,
    ),
    Scenario(
        "service",
        "corruption",
        "a bit wrong in every 20 kB for 6 s, then cut",
        link("service", Fault(corrupt_bytes=20_000), cut_after=True),
        Promise(
            8 + AGAIN_S,
            originals="any",
            spoilt=True,
            reason="garbage ends the session: a new one after 2, 4, 8 s",
        ),
        hold_s=6,
    ),
)
