"""What requests carry and answers hold."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from media_service.metrics.worker import Mode
from media_service.orchestrator.control.changes import MOST_FORWARDS
from media_service.orchestrator.control.stream_view import StreamView
from media_service.orchestrator.names.patterns import INPUT_URL, LANGUAGE, OUTPUT_URL, SOURCE, VOICE
from media_service.orchestrator.names.stream_id import PATTERN
from media_service.orchestrator.names.urls import LONGEST_URL
from media_service.orchestrator.names.words import LONGEST_LANGUAGE, LONGEST_VOICE


def _text(pattern: str, longest: int) -> dict[str, Any]:
    """What has rules of its own, which answer in their own words."""
    return {"type": "string", "pattern": pattern, "minLength": 1, "maxLength": longest}


InputUrl = Annotated[str, Field(max_length=LONGEST_URL), WithJsonSchema(_text(INPUT_URL, LONGEST_URL))]
OutputUrl = Annotated[str, Field(max_length=LONGEST_URL), WithJsonSchema(_text(OUTPUT_URL, LONGEST_URL))]
Language = Annotated[str, Field(max_length=LONGEST_LANGUAGE, pattern=LANGUAGE)]
Voice = Annotated[str, Field(max_length=LONGEST_VOICE), WithJsonSchema(_text(VOICE, LONGEST_VOICE))]
StreamId = Annotated[str, Field(pattern=f"^{PATTERN}$")]
Mix = Literal["replace", "duck"]


class StreamSettings(BaseModel):
    """What can be set of a stream. URLs may hold keys: they are taken, and shown masked ever after."""

    model_config = ConfigDict(extra="forbid")

    input_url: InputUrl | None = Field(
        None, description="fetched from there; null: published to the media server"
    )
    output_url: OutputUrl | None = Field(None, description="null: the media server's output path")
    source_language: Language | None = None
    target_language: Language | None = None
    voice: Voice | None = None
    mix: Mix | None = None
    forward_urls: list[OutputUrl] | None = Field(
        None,
        max_length=MOST_FORWARDS,
        description="sent on to, without re-encoding",
        json_schema_extra={"uniqueItems": True},
    )

    def values_set(self) -> dict[str, object]:
        """What was said. A URL may be set to null, the rest has no null."""
        said = self.model_dump(exclude_unset=True, exclude={"stream_id"})
        kept = {name: value for name, value in said.items() if value is not None or name.endswith("put_url")}
        if "forward_urls" in said:
            kept["forward_urls"] = tuple(said["forward_urls"] or ())
        return kept


class NewStream(StreamSettings):
    stream_id: StreamId


class StreamList(BaseModel):
    last_event_id: str = Field(description="of the changes in it: `GET /v1/events?since=` goes on from here")
    streams: list[StreamView]


class ModeAsked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mode: Mode


class ActionView(BaseModel):
    """Something that somebody did."""

    at_unix_ms: int
    who: str
    what: str
    stream_id: str | None
    detail: str | None


class ActionList(BaseModel):
    actions: list[ActionView]


class MediaMtxEvent(BaseModel):
    """What the hook script sends of MediaMTX's `MTX_*` variables."""

    path: str = Field(max_length=1024)
    query: str = Field("", max_length=4096)
    sourceType: str = Field("", max_length=64)  # noqa: N815 - MediaMTX's own names
    sourceId: str = Field("", max_length=128, json_schema_extra={"pattern": SOURCE})  # noqa: N815


class Told(BaseModel):
    """What became of a hook."""

    stream_id: str | None = Field(description="null: the path is no stream's input")
    news: bool = Field(description="false: this was known, or came too late")
