"""`/v1/speech`: what speaks, and how good it can be."""

from fastapi import APIRouter
from fastapi.responses import Response

from media_service.orchestrator.http.problems import answers
from media_service.orchestrator.http.streams import json
from media_service.orchestrator.speech.answer import SpeechView
from media_service.orchestrator.speech.asking import Speech


def make_speech(speech: Speech) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["speech"])

    @router.get("/speech", response_model=SpeechView, responses=answers())
    async def what_speaks() -> Response:
        """The engines of the speech service, as of some seconds ago."""
        return json(speech.latest())

    return router
