"""The successor's line to its predecessor: three questions, each with its own time-out."""

import asyncio
from dataclasses import dataclass

import aiohttp
import orjson

from media_service.handover.offer import Agreement, NotUnderstood, Offer

ASK_S = 2.0
CONFIRM_S = 0.3
"""The keyframe is due soon; asked again it answers the same."""


class Silent(Exception):
    """No answer in time."""


class Gone(Exception):
    """Nobody listens there."""


class Refused(Exception):
    """It answers no; the message says why."""


@dataclass(frozen=True)
class Greeting:
    """What the predecessor says of itself."""

    sts_stream_id: str | None
    phase: str


class Line:
    """`async with`; the token is sent with each question and shown nowhere."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "Line":
        self._http = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def greet(self) -> Greeting:
        """All of them raise `Silent`, `Gone` or `Refused`."""
        told = await self._ask("GET", "/v1/status", b"", ASK_S)
        try:
            found = _object(told)
        except ValueError:
            raise Refused("its status is not understood") from None
        name, phase = found.get("sts_stream_id"), found.get("phase")
        return Greeting(name if isinstance(name, str) else None, str(phase))

    async def offer(self, offer: Offer) -> Agreement:
        told = await self._ask("POST", "/v1/hand-over", offer.to_json(), ASK_S)
        try:
            return Agreement.parse(told)
        except NotUnderstood as error:
            raise Refused(f"its answer is not understood: {error}") from None

    async def confirm(self, run_id: str) -> None:
        await self._ask("POST", "/v1/hand-over/confirm", b'{"run_id":"%s"}' % run_id.encode(), CONFIRM_S)

    async def left(self, timeout_s: float) -> None:
        """Returns when its output has ended."""
        await self._ask("GET", "/v1/hand-over/left", b"", timeout_s)

    async def _ask(self, method: str, path: str, body: bytes, timeout_s: float) -> bytes:
        if self._http is None:
            raise RuntimeError("the line is not open")
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._http.request(method, self._url + path, data=body or None) as response,
            ):
                told = await response.read()
        except TimeoutError:
            raise Silent from None
        except (aiohttp.ClientError, OSError):
            raise Gone from None
        if response.status != 200:
            raise Refused(_why(told, response.status))
        return told


def _object(told: bytes) -> dict[str, object]:
    """Raises ValueError."""
    found = orjson.loads(told)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _why(told: bytes, status: int) -> str:
    try:
        return str(_object(told).get("detail", status))[:200]
    except ValueError:
        return f"HTTP status {status}"
