"""Slows whoever guesses: an address may be wrong a few times at once, and then once in a while. Pure."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

MOST_ADDRESSES = 1024
ELSEWHERE = "elsewhere"
"""All who come when so many addresses are remembered: they share one allowance."""


@dataclass
class _Wrong:
    count: float
    at_s: float


class Guesses:
    def __init__(self, at_once: int, again_s: float, clock: Callable[[], float]) -> None:
        """`again_s`: after so long one wrong guess is forgiven."""
        self._at_once = at_once
        self._again_s = again_s
        self._clock = clock
        self._wrong: dict[str, _Wrong] = {}

    def __len__(self) -> int:
        """Addresses that are remembered."""
        return len(self._wrong)

    def wait_s(self, address: str) -> float:
        """How long until it may try; 0: now."""
        count = self._count(self._place(address))
        return max(0.0, (count - self._at_once + 1) * self._again_s)

    def wrong(self, address: str) -> None:
        place = self._place(address)
        if place not in self._wrong and len(self._wrong) >= MOST_ADDRESSES:
            self._forgive()
            place = self._place(address)
        self._wrong[place] = _Wrong(self._count(place) + 1, self._clock())

    def _place(self, address: str) -> str:
        known = network(address)
        if known in self._wrong or len(self._wrong) < MOST_ADDRESSES:
            return known
        return ELSEWHERE

    def _count(self, place: str) -> float:
        wrong = self._wrong.get(place)
        if wrong is None:
            return 0.0
        return max(0.0, wrong.count - (self._clock() - wrong.at_s) / self._again_s)

    def _forgive(self) -> None:
        self._wrong = {place: wrong for place, wrong in self._wrong.items() if self._count(place) > 0}


def network(address: str) -> str:
    """What one customer has: of IPv6 a /64, for its addresses are without number."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))
