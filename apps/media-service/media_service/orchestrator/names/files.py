"""Names of files that may be asked for: each part is plain, so that no path leaves its folder. Pure."""

import re

DEEPEST = 8

_PART = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@.+-]{0,99}")
_PREVIEW = re.compile(r"index\.m3u8|[0-9]{1,19}\.ts")


def static_parts(path: str) -> tuple[str, ...] | None:
    """Of a page's file below its folder; None for what cannot be one."""
    parts = tuple(path.split("/"))
    if len(parts) > DEEPEST or not all(_PART.fullmatch(part) for part in parts):
        return None
    return parts


def is_preview_name(name: str) -> bool:
    """What a worker writes: a playlist, and its segments."""
    return _PREVIEW.fullmatch(name) is not None
