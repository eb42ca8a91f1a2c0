"""The sound's way through the worker, from packets to what the muxer gets: decoded, mixed, as PCM."""

from collections.abc import Sequence
from typing import Protocol

from fragment_audio.format import AudioFormat

from media_service.mix import Operator
from media_service.pipeline.packet import Packet
from media_service.timeline.epochs import Placed
from media_service.timeline.lane import Lane
from media_service.worker.air import Air
from media_service.worker.hearing import Frame, Hearing


class SoundPath(Protocol):
    """Owned by the tick. Positions are lane samples since the run's start."""

    @property
    def carries(self) -> AudioFormat | None:
        """The AAC that comes out; None where PCM does."""

    @property
    def head(self) -> int:
        """The first sample that has not come yet."""

    @property
    def position(self) -> int:
        """The first sample that has not gone out yet."""

    @property
    def held_bytes(self) -> int: ...

    @property
    def frames(self) -> Sequence[Frame]:
        """The packets that are kept for fragments."""

    def packet(self, placed: Placed[Packet]) -> None: ...

    def fill(self, until: int) -> None:
        """The source has had no sound for a while."""

    def close(self) -> None:
        """The epoch is over."""

    def render(self, until: int, operator: Operator) -> None:
        """Sends out everything before a position."""

    def flush(self) -> None:
        """Nothing more will be rendered."""


class PcmPath:
    """Decodes, mixes, and leaves the encoding to the output."""

    carries = None

    def __init__(self, lane: Lane, hearing: Hearing, air: Air) -> None:
        self._lane = lane
        self._hearing = hearing
        self._air = air

    @property
    def head(self) -> int:
        return self._lane.head

    @property
    def position(self) -> int:
        return self._air.position

    @property
    def held_bytes(self) -> int:
        return self._lane.held_bytes

    @property
    def frames(self) -> Sequence[Frame]:
        return self._hearing.frames

    def packet(self, placed: Placed[Packet]) -> None:
        self._hearing.packet(placed)

    def fill(self, until: int) -> None:
        self._hearing.fill(until)

    def close(self) -> None:
        self._hearing.close()

    def render(self, until: int, operator: Operator) -> None:
        self._air.render(until, operator)
        self._hearing.forget(self._air.position)

    def flush(self) -> None:
        self._air.flush()
