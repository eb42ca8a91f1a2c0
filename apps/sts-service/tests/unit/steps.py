"""What can happen to a session, and the bounds it happens in."""

from dataclasses import dataclass, field
from typing import NamedTuple

from dubbing_protocol import ErrorCode
from sts_service.server.flow import Thresholds
from sts_service.server.processor import Result, failure

RESULTS = (
    Result(status="success", transcript="hello", translated_text="hola"),
    Result(status="partial", warnings=["speed_clamped"]),
    failure(ErrorCode.MODEL_ERROR, "an engine failed", stage="tts"),
    failure(ErrorCode.TRANSLATION_API_UNAVAILABLE, "503", stage="translation"),
    failure(ErrorCode.SYNTHESIS_FAILED, "unspeakable", stage="tts"),
    failure(ErrorCode.MODEL_ERROR, "not again", retryable=False),
    Result(status="success", withheld=True),
    failure(ErrorCode.TIMEOUT, "lost", withheld=True),
)

WEIGHTS = {
    "wait": 2,
    "send": 6,
    "shuffled": 3,
    "ahead": 3,
    "used": 1,
    "repeat": 2,
    "retry": 4,
    "again": 2,
    "bad_audio": 1,
    "finish": 9,
    "late": 1,
    "skip": 3,
    "pause": 1,
    "resume": 2,
    "tick": 2,
    "deadline": 4,
    "pressure": 1,
    "end": 1,
    "takeover": 1,
    "fail_all": 1,
}
KINDS = tuple(kind for kind, weight in WEIGHTS.items() for _ in range(weight))
STEPS = len(KINDS) * 3 * 64 * 64


class Step(NamedTuple):
    """Something that happens; `a` and `b` choose among what there is when it does."""

    kind: str
    stream: int
    a: int
    b: int

    @classmethod
    def of(cls, number: int) -> "Step":
        number, a = divmod(number, 64)
        number, b = divmod(number, 64)
        kind, stream = divmod(number, 3)
        return cls(KINDS[kind], stream, a, b)


@dataclass(frozen=True)
class Setup:
    """What a world's sessions are held to."""

    thresholds: Thresholds = field(default_factory=Thresholds)
    max_inflight: int = 3
    timeout_ms: int = 8000
    queue_max_depth: int = 400
    rate_per_min: int = 600
    streams: int = 1
