"""What every answer carries: it is not kept, not framed, taken for nothing else, and runs no strange code."""

from collections.abc import Iterable
from typing import Any

from starlette.types import Message, Send

NOTHING = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of what is no page."""

PAGE = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""hls.js gives the player its media, and makes its worker, by `blob:`."""

_ALWAYS = {
    "cache-control": "no-store",
    "content-security-policy": NOTHING,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
"""Unless the answer says otherwise."""


def hardened(send: Send) -> Send:
    async def harden(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": _with_missing(message.get("headers", []))}
        await send(message)

    return harden


def _with_missing(headers: Iterable[Any]) -> list[tuple[bytes, bytes]]:
    told = [(name, value) for name, value in headers]
    given = {name.lower() for name, _ in told}
    missing = [(name.encode(), value.encode()) for name, value in _ALWAYS.items()]
    return [*told, *((name, value) for name, value in missing if name not in given)]
