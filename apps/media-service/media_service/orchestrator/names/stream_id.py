"""A stream's id: what may become part of a path, of a URL and of a file's name."""

import re

from media_service.orchestrator.errors import Refused

LONGEST_ID = 48
"""The worker allows 64; the rest is for what the orchestrator puts before it."""

PATTERN = rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST_ID - 1}}}"
_ID = re.compile(PATTERN)


def check_stream_id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Refused(
            f"a stream's id is letters, digits, _ and -, at most {LONGEST_ID}, and begins with no sign"
        )
    return text
