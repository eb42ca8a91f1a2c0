"""What the decisions ask the client to do."""

from dataclasses import dataclass
from typing import Literal

from media_service.sts.breaker import BreakerChanged
from media_service.sts.fragment import Answer, Fallback, Fragment
from media_service.sts.pressure import PressureAction


@dataclass(frozen=True)
class Send:
    """`fragment:data`, under this number."""

    fragment: Fragment
    sequence_number: int


@dataclass(frozen=True)
class Skip:
    """`fragment:skip`."""

    sequence_numbers: tuple[int, ...]


@dataclass(frozen=True)
class Ack:
    """`fragment:ack`."""

    fragment_id: str
    status: Literal["received", "applied"]


@dataclass(frozen=True)
class Pause:
    """`stream:pause`."""

    reason: str


@dataclass(frozen=True)
class Resume:
    """`stream:resume`."""


@dataclass(frozen=True)
class End:
    """`stream:end`: nothing more will be sent in this session."""


@dataclass(frozen=True)
class Renew:
    """The session has done its work for the old format: begin one for the new."""


@dataclass(frozen=True)
class Answered:
    answer: Answer


@dataclass(frozen=True)
class FellBack:
    fallback: Fallback


@dataclass(frozen=True)
class PressureChanged:
    action: PressureAction
    delay_ms: int


Action = (
    Send | Skip | Ack | Pause | Resume | End | Renew | Answered | FellBack | PressureChanged | BreakerChanged
)
