"""The `config:error_simulation` family: faults on demand, understood by the echo service only."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from dubbing_protocol.errors import ErrorCode
from dubbing_protocol.model import (
    FragmentId,
    Message,
    PressureAction,
    PressureSeverity,
    Stage,
)

FaultKind = Literal["failed", "delay", "drop", "disconnect", "corrupt_audio"]

MAX_RULES = 1000


class SimulationRule(Message):
    """One fault and the fragment that meets it; the first rule that matches wins."""

    trigger: Literal["sequence_number", "fragment_id", "nth_fragment"]
    """`nth_fragment` N hits every Nth accepted fragment, counted from 1."""
    value: int | FragmentId
    """A number, or an id for `fragment_id`."""
    error_code: Annotated[ErrorCode, Field(strict=False)] | None = None
    """Needed for `failed`; with AUTH_FAILED the next handshake of this stream is refused as well."""
    error_message: Annotated[str, Field(max_length=1000)] | None = None
    retryable: bool | None = None
    """The code's own flag where unset."""
    stage: Stage | None = None
    """Told in the failure."""
    kind: FaultKind = "failed"
    """A failure, a late result, one that never comes, a cut connection, an unreadable payload."""
    delay_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    """Milliseconds the result is held back; needed for `delay`."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.trigger == "fragment_id") != isinstance(self.value, str):
            wanted = "a fragment id" if self.trigger == "fragment_id" else "a number"
            raise PydanticCustomError("rule_value", "value must be {wanted}", {"wanted": wanted})
        lowest = 1 if self.trigger == "nth_fragment" else 0
        if isinstance(self.value, int) and self.value < lowest:
            raise PydanticCustomError("rule_value", "value must be at least {lowest}", {"lowest": lowest})
        if self.kind == "failed" and self.error_code is None:
            raise PydanticCustomError("rule_code", "kind failed needs an error_code")
        if self.kind == "delay" and self.delay_ms is None:
            raise PydanticCustomError("rule_delay", "kind delay needs delay_ms")
        return self


class SimulatedPressure(Message):
    """Announces backpressure when a fragment arrives, and its end."""

    at_fragment: Annotated[int, Field(ge=1)]
    """The Nth accepted fragment, counted from 1."""
    severity: PressureSeverity
    action: PressureAction
    recommended_delay_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    """Milliseconds; that of the severity where unset."""
    clear_after_ms: Annotated[int, Field(ge=0, le=60_000)]
    """Milliseconds until the level is announced as it really is."""


class ErrorSimulation(Message):
    """Replaces the rules of this stream; a bad one changes nothing."""

    enabled: bool
    rules: Annotated[list[SimulationRule], Field(max_length=MAX_RULES)] = []
    backpressure: Annotated[list[SimulatedPressure], Field(max_length=MAX_RULES)] = []


class ErrorSimulationAck(Message):
    """Answers `config:error_simulation`."""

    status: Literal["configured", "error"]
    rules_count: Annotated[int, Field(ge=0)]
    """Rules now in force, those of `backpressure` not counted."""
    error_message: str | None = None
    """Which field was wrong."""
