"""Encoded media between encoder and file: one access unit or audio frame each, with times in nanoseconds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["video", "audio"]


@dataclass(frozen=True)
class Unit:
    kind: Kind
    data: bytes
    pts_ns: int
    dts_ns: int
    duration_ns: int
    keyframe: bool
    stream: int = 0
    """Which encode it comes from: a changed resolution is another one."""

    def later(self, by_ns: int) -> "Unit":
        return replace(self, pts_ns=self.pts_ns + by_ns, dts_ns=self.dts_ns + by_ns)


Flaw = Callable[[Sequence[Unit]], list[Unit]]
"""Does something to a programme that a network or an encoder might do."""


def shift(kind: Kind, by_ms: float) -> Flaw:
    return lambda units: [u.later(round(by_ms * 1e6)) if u.kind == kind else u for u in units]


def drop(kind: Kind, numbers: Iterable[int]) -> Flaw:
    """The units with these numbers, counted in the order of decoding, are lost."""
    lost = set(numbers)
    return lambda units: [u for number, u in _numbered(kind, units) if number not in lost]


def double(kind: Kind, number: int) -> Flaw:
    """This unit comes a second time, a millisecond later, before the next."""

    def apply(units: Sequence[Unit]) -> list[Unit]:
        out = []
        for at, unit in _numbered(kind, units):
            out.append(unit)
            if at == number:
                out.append(unit.later(1_000_000))
        return out

    return apply


def spoil(kind: Kind, number: int) -> Flaw:
    """The last byte of this unit is another one."""

    def apply(units: Sequence[Unit]) -> list[Unit]:
        return [
            replace(u, data=u.data[:-1] + bytes([u.data[-1] ^ 0x55])) if at == number else u
            for at, u in _numbered(kind, units)
        ]

    return apply


def _numbered(kind: Kind, units: Sequence[Unit]) -> list[tuple[int, Unit]]:
    """Each unit with its number among those of its kind; -1 for those of the other."""
    out, seen = [], 0
    for unit in units:
        out.append((seen if unit.kind == kind else -1, unit))
        seen += unit.kind == kind
    return out
