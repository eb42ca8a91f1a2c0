"""What a person, or a publisher's query, may set of a stream; checked before it is taken."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from media_service.config.places import same_place
from media_service.orchestrator.control.assignment import input_url, output_url
from media_service.orchestrator.errors import Contradiction, Refused
from media_service.orchestrator.names.allowed import Allowed
from media_service.orchestrator.names.urls import check_input, check_output
from media_service.orchestrator.names.words import check_language, check_mix, check_voice
from media_service.orchestrator.settings import OrchestratorSettings
from media_service.orchestrator.store.records import Stream

MOST_FORWARDS = 8
LOOK_UP_S = 5.0
MASKED = "***"

_CHECKS = {
    "source_language": check_language,
    "target_language": check_language,
    "voice": check_voice,
    "mix": check_mix,
}


@dataclass(frozen=True)
class Gate:
    """The two lists of places."""

    inputs: Allowed
    outputs: Allowed

    async def check(self, changes: Mapping[str, Any]) -> None:
        """Raises `Refused`. Looks names up, with a time-out."""
        for name, check in _CHECKS.items():
            if changes.get(name) is not None:
                check(changes[name])
        try:
            async with asyncio.timeout(LOOK_UP_S):
                await self._check_places(changes)
        except TimeoutError:
            raise Refused("a host's name could not be looked up in time") from None

    async def _check_places(self, changes: Mapping[str, Any]) -> None:
        forwards = changes.get("forward_urls") or ()
        if len(forwards) > MOST_FORWARDS:
            raise Refused(f"a stream is sent on to at most {MOST_FORWARDS} places")
        if len(set(forwards)) != len(forwards):
            raise Refused("forward_urls: a place stands there twice")
        for url in (changes.get("input_url"), changes.get("output_url"), *forwards):
            if url is not None and MASKED in url:
                raise Refused("a URL with *** in it is a masked one: give it whole, or leave it out")
        if changes.get("input_url") is not None:
            await asyncio.to_thread(self.inputs.check, check_input(changes["input_url"]))
        for url in (changes.get("output_url"), *forwards):
            if url is not None:
                await asyncio.to_thread(self.outputs.check, check_output(url))

    async def check_again(self, stream: Stream) -> None:
        """Before a worker is sent there: a name may lead elsewhere by now."""
        await self.check({"input_url": stream.input_url, "output_url": stream.output_url})


def check_whole(stream: Stream, settings: OrchestratorSettings) -> None:
    """What two settings together may not say. Raises `Contradiction`."""
    source, output = input_url(stream, settings), output_url(stream, settings)
    if same_place(source, output):
        raise Contradiction("the output is the input itself")
    if stream.forward_urls and not output.startswith(("rtmp", "rtsp")):
        raise Contradiction("only from an rtmp or rtsp output a stream can be sent on")
    if any(same_place(url, place) for url in stream.forward_urls for place in (source, output)):
        raise Contradiction("forward_urls: the stream's own input or output stands there")
