"""What every message has in common, and the field types that several of them share."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that a JavaScript client reads without rounding."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""A stream's or a worker's id; safe as a path component and as a metric label."""

FragmentId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\u0000-\u001f\u007f-\u009f]+$")]
"""Printable, 1 to 128 characters, unique in its stream."""

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A BCP-47 tag or an ISO 639-1 code: `en`, `es-419`."""

SequenceNumber = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
"""Counts from 0, one a fragment."""

UnixMs = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]
"""Milliseconds since 1970-01-01 UTC."""

Count = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]

Milliseconds = Annotated[int, Field(ge=0, le=MAX_SAFE_INTEGER)]

AudioFormat = Literal["m4a", "pcm_s16le"]

SampleRate = Literal[8000, 16000, 22050, 24000, 44100, 48000]
"""Hertz"""

Channels = Annotated[int, Field(ge=1, le=2)]

PressureSeverity = Literal["low", "medium", "high"]

PressureAction = Literal["none", "slow_down", "pause"]

Stage = Literal["asr", "translation", "tts"]


class Message(BaseModel):
    """A payload of the protocol: strict in the fields it knows, and it keeps the ones it does not."""

    model_config = ConfigDict(
        strict=True,
        extra="allow",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    def to_wire(self) -> dict[str, Any]:
        """The payload as JSON values (and bytes, for a binary attachment), without what is unset."""
        return self.model_dump(exclude_none=True)

    @classmethod
    def from_wire(cls, payload: object) -> Self:
        """Raises pydantic's `ValidationError`, which `field_errors` makes readable."""
        return cls.model_validate(payload)
