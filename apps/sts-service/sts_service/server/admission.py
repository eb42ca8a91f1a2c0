"""Who may connect: pure, with the clock passed in."""

import hmac
from dataclasses import dataclass

from dubbing_protocol import ErrorCode

from sts_service.server.flow import RateLimit

MAX_PEERS = 10_000
"""Peer addresses remembered at once; beyond it the idle ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a handshake is refused."""

    code: ErrorCode
    message: str


class Admission:
    """Counts connections, and limits how fast one address makes them."""

    def __init__(self, api_key: str | None, max_connections: int, connects_per_s: int) -> None:
        self._api_key = api_key
        self._max_connections = max_connections
        self._connects_per_s = connects_per_s
        self._peers: dict[str, RateLimit] = {}

    def refusal(self, peer: str, token: object, connections: int, now: float) -> Refusal | None:
        """`connections` counts those open now, without this one."""
        limit = self._limit(peer, now)
        if not limit.allows(now):
            return Refusal(ErrorCode.RATE_LIMIT, f"over {self._connects_per_s} new connections a second")
        limit.count(now)
        if connections >= self._max_connections:
            return Refusal(ErrorCode.RATE_LIMIT, f"{self._max_connections} connections are open, the limit")
        if self._api_key is not None and not _same(token, self._api_key):
            return Refusal(ErrorCode.AUTH_FAILED, "auth.token is missing or wrong")
        return None

    def _limit(self, peer: str, now: float) -> RateLimit:
        if peer not in self._peers:
            if len(self._peers) >= MAX_PEERS:
                self._peers = {name: limit for name, limit in self._peers.items() if not limit.is_idle(now)}
            self._peers[peer] = RateLimit(self._connects_per_s, 1.0)
        return self._peers[peer]


def _same(token: object, key: str) -> bool:
    given = token if isinstance(token, str) else ""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), key.encode())
