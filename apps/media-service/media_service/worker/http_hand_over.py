"""The part of the worker's own port that a successor talks to."""

import asyncio
from collections.abc import Callable
from typing import Protocol

import orjson
from aiohttp import web

from media_service.handover.offer import Agreement, NotUnderstood, Offer, run_id_of
from media_service.handover.promise import Unwilling
from media_service.worker.http_body import body_of
from media_service.worker.problems import Problem, refuse_pages


class HandsOver(Protocol):
    """What the port needs of the worker for it."""

    left: asyncio.Event

    def offer(self, offer: Offer) -> Agreement:
        """Raises `Unwilling`."""

    def confirm(self, run_id: str) -> None:
        """Raises `Unwilling`."""


def hand_over_routes(predecessor: Callable[[], HandsOver]) -> list[web.RouteDef]:
    async def offer(request: web.Request) -> web.Response:
        refuse_pages(request)
        try:
            agreement = predecessor().offer(Offer.parse(await body_of(request)))
        except NotUnderstood as error:
            raise Problem(422, f"The offer is not understood: {error}") from None
        except Unwilling as error:
            raise Problem(409, str(error)) from None
        return web.Response(body=agreement.to_json(), content_type="application/json")

    async def confirm(request: web.Request) -> web.Response:
        refuse_pages(request)
        try:
            predecessor().confirm(run_id_of(await body_of(request)))
        except NotUnderstood as error:
            raise Problem(422, f"It is not understood: {error}") from None
        except Unwilling as error:
            raise Problem(409, str(error)) from None
        return _json({"confirmed": True})

    async def left(_: web.Request) -> web.Response:
        """Answers when the output has ended; who asks decides how long that may take."""
        await predecessor().left.wait()
        return _json({"left": True})

    return [
        web.post("/v1/hand-over", offer),
        web.post("/v1/hand-over/confirm", confirm),
        web.get("/v1/hand-over/left", left, allow_head=False),
    ]


def _json(value: object) -> web.Response:
    return web.Response(body=orjson.dumps(value), content_type="application/json")
