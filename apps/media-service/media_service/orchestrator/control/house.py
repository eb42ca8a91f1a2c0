"""What all keepers share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from media_service.orchestrator.control.changes import Gate
from media_service.orchestrator.control.feed import ChangeFeed
from media_service.orchestrator.login.door import Door
from media_service.orchestrator.metrics import OrchestratorMetrics
from media_service.orchestrator.settings import OrchestratorSettings
from media_service.orchestrator.speech.asking import Speech
from media_service.orchestrator.wanted.life import Rules
from media_service.orchestrator.workers.crew import Crew

Clock = Callable[[], float]
"""Seconds, monotonic."""


@dataclass(frozen=True, kw_only=True)
class House:
    settings: OrchestratorSettings
    crew: Crew
    gate: Gate
    door: Door
    speech: Speech
    feed: ChangeFeed = field(default_factory=ChangeFeed)
    metrics: OrchestratorMetrics = field(default_factory=OrchestratorMetrics)
    clock: Clock = time.monotonic

    @property
    def rules(self) -> Rules:
        return Rules(grace_s=self.settings.grace_s)


def unix_ms() -> int:
    return time.time_ns() // 1_000_000
