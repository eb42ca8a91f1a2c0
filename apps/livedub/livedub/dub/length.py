"""How long an input is, for the progress bar and the summary."""

import av
from media_service.config.places import input_kind, local_path


def duration_s(url: str) -> float | None:
    """Of a file; None where it is live, or does not say."""
    if input_kind(url) != "file":
        return None
    try:
        with av.open(str(local_path(url))) as container:
            return None if container.duration is None else container.duration / av.time_base
    except (av.FFmpegError, OSError):
        return None
