"""What a stream's worker, and each of its forwarders, is told: the settings as environment variables."""

from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.allowed import Allowed
from media_service.orchestrator.names.urls import place
from media_service.orchestrator.settings import OrchestratorSettings
from media_service.orchestrator.store.records import Stream

WORKER = "worker"
FORWARDER = "forwarder"


def worker_name(stream: Stream) -> str:
    return stream.stream_id


def forwarder_name(stream_id: str, number: int) -> str:
    """No stream's id begins so."""
    return f"_fwd{number}-{stream_id}"


def input_url(stream: Stream, settings: OrchestratorSettings) -> str:
    return stream.input_url or settings.input_of(stream.stream_id)


def output_url(stream: Stream, settings: OrchestratorSettings) -> str:
    return stream.output_url or settings.output_of(stream.stream_id)


def for_worker(stream: Stream, settings: OrchestratorSettings) -> dict[str, str]:
    return {
        "WORKER_INPUT_URL": input_url(stream, settings),
        **_reach(stream, settings),
        "WORKER_OUTPUT_URL": output_url(stream, settings),
        "WORKER_STS_SERVICE_URL": settings.sts_service_url,
        "WORKER_STS_API_KEY": settings.sts_api_key or "",
        "WORKER_SOURCE_LANGUAGE": stream.source_language,
        "WORKER_TARGET_LANGUAGE": stream.target_language,
        "WORKER_VOICE_PROFILE": stream.voice,
        "WORKER_MIX": stream.mix,
    }


def _reach(stream: Stream, settings: OrchestratorSettings) -> dict[str, str]:
    """Where somebody has given a URL that is allowed because its server is public, its name must not lead
    inside a moment later. Of the media server's own URL nothing is said.
    """
    if stream.input_url is None:
        return {}
    try:
        named = Allowed(settings.allow_inputs).names_servers_like(place(stream.input_url))
    except Refused:
        named = False
    return {"WORKER_INPUT_INTERNAL": "same-host" if named else "none"}


def for_forwarder(stream: Stream, url: str, settings: OrchestratorSettings) -> dict[str, str]:
    """It copies, a second later: what comes late for less than that is not heard at the destination."""
    return {
        "WORKER_INPUT_URL": output_url(stream, settings),
        "WORKER_OUTPUT_URL": url,
        "WORKER_STS_MODE": "passthrough",
        "WORKER_SEGMENT_MODE": "fixed",
        "WORKER_SEGMENT_DURATION": "0.1",
        "WORKER_SEGMENT_DIR": "",
        "WORKER_AV_OFFSET_MS": "900",
        "WORKER_MIX": "replace",
    }


def shared(settings: OrchestratorSettings) -> dict[str, str]:
    """For every worker, unless the orchestrator's environment has its own `WORKER_*` of that name."""
    return {
        "WORKER_SEGMENT_MODE": settings.segment_mode,
        "WORKER_AV_OFFSET_MS": str(settings.av_offset_ms),
        "WORKER_LOG_LEVEL": settings.log_level,
        "WORKER_LOG_FORMAT": "json",
    }
