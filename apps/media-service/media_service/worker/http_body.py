"""What comes after the headers of a request to the worker's own port, in its time."""

import asyncio

from aiohttp import web

from media_service.worker.problems import Problem

BODY_S = 5.0


async def body_of(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_S):
            return await request.read()
    except TimeoutError:
        raise Problem(408, "The body did not come in time") from None
