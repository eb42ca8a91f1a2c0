"""Between the worker and the server that it reads from, and who publishes there."""

from drill.proxy import Fault
from drill.scenario import DELAY_S, Promise, Scenario
from drill.troubles import both, killed, link, stopped

START_S = 2.0
"""From a connection to its first picture: the handshake, and up to a second until a keyframe."""
STALL_S, RETRY_S, LONGEST_RETRY_S = 3.0, 1.0, 4.0


def _back(wait_s: float, reason: str) -> Promise:
    """Silence meanwhile; `wait_s` until the attempt that succeeds."""
    return Promise(wait_s + START_S + DELAY_S, interrupts=True, originals="any", reason=reason)


SOURCES = (
    Scenario(
        "source",
        "no drop",
        "50 ms later, with up to 100 ms of jitter",
        link("source", Fault(delay_s=0.05, jitter_s=0.1)),
        short=True,
    ),
    Scenario(
        "source",
        "short drop",
        "half-open for 1 s",
        link("source", Fault(silent=True)),
        Promise(reason="what is late by less than the delay is not missed"),
        hold_s=1,
    ),
    Scenario(
        "source",
        "short drop, of the publisher",
        "publisher stopped for 1.5 s (STOP, CONT)",
        stopped("publisher"),
        Promise(DELAY_S, originals="any", reason="not missed; a dub may be too late by then"),
        hold_s=1.5,
    ),
    Scenario(
        "source",
        "too little bandwidth",
        "40 kB/s of 63 for 5 s",
        link("source", Fault(bytes_per_s=40_000)),
        Promise(DELAY_S, originals="any", reason="not missed; a dub may be too late by then"),
        hold_s=5,
    ),
    Scenario(
        "source",
        "immediate fallback",
        "cut once",
        link("source", cut=True),
        _back(RETRY_S, "connected again after 1 s"),
        hold_s=0,
        short=True,
    ),
    Scenario(
        "source",
        "long drop",
        "half-open for 6 s",
        link("source", Fault(silent=True)),
        _back(LONGEST_RETRY_S, "nothing for 3 s: connected again after 1, 2, 4 s"),
        hold_s=6,
    ),
    Scenario(
        "source",
        "long drop and recovery",
        "cut, and refused for 9 s",
        link("source", Fault(refused=True), cut=True),
        _back(LONGEST_RETRY_S, "connected again after 1, 2, 4 s, then every 4 s"),
        hold_s=9,
        short=True,
    ),
    Scenario(
        "source",
        "initial time-out",
        "refused for the first 5 s",
        link("source", Fault(refused=True)),
        _back(LONGEST_RETRY_S, "connected after 1, 2, 4 s, then every 4 s"),
        hold_s=5,
        from_start=True,
    ),
    Scenario(
        "source",
        "gone for good",
        "cut, and refused from then on",
        link("source", Fault(refused=True), cut=True),
        Promise(exit_code=10, reason="exit 10 after source_grace_s (6 here)"),
        stays=True,
        settings={"source_grace_s": 6},
    ),
    Scenario(
        "source",
        "another programme",
        "publisher killed, after 5 s there with its programme from the start",
        killed("publisher"),
        _back(LONGEST_RETRY_S, "a new epoch; connected again after 1, 2, 4 s"),
        hold_s=5,
    ),
    Scenario(
        "source",
        "server lost",
        "server and publisher killed, there again after 3 s",
        both(killed("source server"), killed("publisher")),
        _back(LONGEST_RETRY_S, "connected again after 1, 2, 4 s"),
        hold_s=3,
    ),
    Scenario(
        "source",
        "slow drip",
        "20 bytes a second for 5 s",
        link("source", Fault(bytes_per_s=20, drip_bytes=2)),
        _back(LONGEST_RETRY_S, "nothing for 3 s: connected again after 1, 2, 4 s"),
        hold_s=5,
    ),
    Scenario(
        "source",
        "corruption",
        "a bit wrong in every kB for 4 s, then cut",
        link("source", Fault(corrupt_bytes=1000), cut_after=True),
        _back(STALL_S + LONGEST_RETRY_S, "what came damaged is damaged; garbage: connected again"),
        hold_s=4,
    ),
)
