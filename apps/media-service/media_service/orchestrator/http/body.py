"""A request's body, read whole before anybody works with it: small, and soon."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import Message, Receive

LARGEST_BODY = 64 * 1024
BODY_S = 10.0


class BodyRefused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


async def whole_body(receive: Receive) -> Receive:
    """From where the application gets it. Raises `BodyRefused`."""
    try:
        async with asyncio.timeout(BODY_S):
            body = await _body(receive)
    except TimeoutError:
        raise BodyRefused(408, "the body did not come in time") from None
    return _replayed(body, receive)


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise BodyRefused(413, f"a body has at most {LARGEST_BODY} bytes")
        if not message.get("more_body"):
            return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replay
