"""The orchestrator, the hooks that it is told by, and the workers that it keeps."""

import signal

from drill.proxy import Fault
from drill.scenario import DELAY_S, Promise, Scenario
from drill.troubles import killed, link, mode, rolled_out, signalled, stopped

RETRY_S = 0.5
START_S = 4.0
"""Of a worker, until it takes in: the process, the connection, up to a second until a keyframe."""
HANGS_S = 30.0
ASKED_S = 3.0
"""Between two questions, and the wait for an answer."""


def _restarted(wait_s: float, reason: str) -> Promise:
    return Promise(
        wait_s + START_S + DELAY_S, interrupts=True, disconnects=True, originals="any", reason=reason
    )


ORCHESTRATORS = (
    Scenario(
        "orchestrator",
        "no drop",
        "hooks 100 ms later",
        link("hooks", Fault(delay_s=0.1)),
        orchestrated=True,
    ),
    Scenario(
        "orchestrator",
        "long drop and recovery",
        "killed, there again after 4 s",
        killed("orchestrator"),
        Promise(reason="workers go on, the next one finds them"),
        orchestrated=True,
        short=True,
    ),
    Scenario(
        "orchestrator",
        "upgrade",
        "told to end (TERM, on-exit=keep), there again after 2 s",
        killed("orchestrator", signal.SIGTERM),
        Promise(reason="workers go on, the next one finds them"),
        hold_s=2,
        orchestrated=True,
        settings={"LIVEDUB_ON_EXIT": "keep"},
    ),
    Scenario(
        "orchestrator",
        "long drop",
        "stopped for 6 s (STOP, CONT)",
        stopped("orchestrator"),
        Promise(reason="workers go on"),
        hold_s=6,
        orchestrated=True,
    ),
    Scenario(
        "orchestrator",
        "initial time-out",
        "hooks half-open for the first 3 s",
        link("hooks", Fault(silent=True)),
        Promise(
            START_S + DELAY_S,
            interrupts=True,
            originals="any",
            reason="the server lets the publisher wait for the hook's answer",
        ),
        hold_s=3,
        from_start=True,
        orchestrated=True,
    ),
    Scenario(
        "orchestrator",
        "manual switch",
        "the operator wants the original for 5 s",
        mode("original", "dub"),
        Promise(0.2, reason="original or dub within 200 ms"),
        hold_s=5,
        orchestrated=True,
        switches=True,
    ),
    Scenario(
        "orchestrator",
        "rollout",
        "its worker replaced by a new one (POST /v1/rollout)",
        rolled_out(),
        Promise(spoilt=True, reason="the new one dubs before it takes over; nobody sees or hears it"),
        hold_s=0,
        orchestrated=True,
    ),
    Scenario(
        "orchestrator",
        "worker killed",
        "its worker killed",
        signalled(signal.SIGKILL),
        _restarted(RETRY_S, "a new one after 0.5 s"),
        hold_s=0,
        orchestrated=True,
        short=True,
    ),
    Scenario(
        "orchestrator",
        "worker stopped for a while",
        "its worker stopped for 2 s (STOP, CONT)",
        stopped("worker"),
        Promise(
            DELAY_S,
            interrupts=True,
            disconnects=True,
            originals="any",
            reason="the output pauses as long as its worker does",
        ),
        hold_s=2,
        orchestrated=True,
    ),
    Scenario(
        "orchestrator",
        "worker hangs",
        "its worker stopped for good (STOP)",
        signalled(signal.SIGSTOP),
        _restarted(HANGS_S + ASKED_S + RETRY_S, "after 30 s without an answer it is killed"),
        hold_s=0,
        orchestrated=True,
    ),
)
