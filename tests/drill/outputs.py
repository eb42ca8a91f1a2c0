"""Between the worker and the server that it sends to."""

from drill.orchestrators import START_S as WORKER_START_S
from drill.proxy import Fault
from drill.scenario import DELAY_S, Promise, Scenario
from drill.troubles import killed, link

START_S = 2.0
"""From a connection to its first picture: the handshake, and up to a second until a keyframe."""
LONGEST_RETRY_S = 4.0
STALLED_S = 6.0
"""Media waiting for 4 s, seen for 2 s."""
RESTART_S = 2.0
"""What the orchestrator waits before it starts a worker that gave up twice."""


def _back(wait_s: float, reason: str) -> Promise:
    return Promise(wait_s + START_S, interrupts=True, disconnects=True, originals="any", reason=reason)


OUTPUTS = (
    Scenario(
        "output",
        "no drop",
        "50 ms later, with up to 30 ms of jitter",
        link("output", Fault(delay_s=0.05, jitter_s=0.03)),
        short=True,
    ),
    Scenario(
        "output",
        "short drop",
        "half-open for 1 s",
        link("output", Fault(silent=True)),
        _back(0, "as long as it lasts; nothing is lost"),
        hold_s=1,
    ),
    Scenario(
        "output",
        "too little bandwidth",
        "30 kB/s of 48 for 5 s",
        link("output", Fault(bytes_per_s=30_000)),
        _back(0, "it comes late; nothing is lost"),
        hold_s=5,
    ),
    Scenario(
        "output",
        "immediate fallback",
        "cut once",
        link("output", cut=True),
        _back(1, "connected again after 1 s, from a keyframe"),
        hold_s=0,
        short=True,
    ),
    Scenario(
        "output",
        "long drop",
        "half-open for 12 s",
        link("output", Fault(silent=True)),
        _back(LONGEST_RETRY_S, "takes nothing: connected again after 1, 2, 4 s"),
        hold_s=12,
    ),
    Scenario(
        "output",
        "long drop and recovery",
        "cut, and refused for 5 s",
        link("output", Fault(refused=True), cut=True),
        _back(LONGEST_RETRY_S, "connected again after 1, 2, 4 s"),
        hold_s=5,
        short=True,
    ),
    Scenario(
        "output",
        "initial time-out",
        "refused for the first 8 s",
        link("output", Fault(refused=True)),
        _back(LONGEST_RETRY_S + DELAY_S, "connected after 1, 2, 4 s"),
        hold_s=8,
        from_start=True,
    ),
    Scenario(
        "output",
        "gone for good",
        "cut, and refused from then on",
        link("output", Fault(refused=True), cut=True),
        Promise(exit_code=20, reason="exit 20 after 1, 2, 4 s"),
        stays=True,
    ),
    Scenario(
        "output",
        "gone for long",
        "cut, and refused for 15 s; an orchestrator is there",
        link("output", Fault(refused=True), cut=True),
        _back(RESTART_S + WORKER_START_S + DELAY_S, "a new worker after 0.5, 1, 2 ... s"),
        hold_s=15,
        orchestrated=True,
    ),
    Scenario(
        "output",
        "server lost",
        "killed, there again after 2 s",
        killed("output server"),
        _back(LONGEST_RETRY_S, "connected again after 1, 2, 4 s"),
        hold_s=2,
    ),
    Scenario(
        "output",
        "slow drip",
        "50 bytes a second for 4 s",
        link("output", Fault(bytes_per_s=50, drip_bytes=5)),
        _back(STALLED_S + LONGEST_RETRY_S, "late, or connected again after 1, 2, 4 s"),
        hold_s=4,
    ),
    Scenario(
        "output",
        "corruption",
        "a bit wrong in every kB for 4 s, then cut",
        link("output", Fault(corrupt_bytes=1000), cut_after=True),
        Promise(
            LONGEST_RETRY_S + START_S,
            interrupts=True,
            disconnects=True,
            originals="any",
            spoilt=True,
            reason="what the server refuses is sent anew after 1, 2, 4 s",
        ),
        hold_s=4,
    ),
)
