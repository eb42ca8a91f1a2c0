"""The worker's log lines: every one carries the stream, the run and the worker, and no secret."""

from service_kit.logs import configure, named

from media_service.config.settings import WorkerSettings

ROOT = "media_service"

__all__ = ["ROOT", "named", "start_logging"]


def start_logging(settings: WorkerSettings, run_id: str) -> None:
    """`run_id` is new with every start of the process, `instanceId` is not."""
    constant = {"streamId": settings.stream_id, "runId": run_id, "instanceId": settings.instance_id}
    configure(ROOT, settings.log_level, settings.log_format, constant=constant, conceal=settings.conceal)
