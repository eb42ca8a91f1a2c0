"""A successor's name at the speech service, which ends the older of two sessions of one name."""

from hashlib import sha256

SECOND = "-b"
LONGEST = 64


def second_name(stream_id: str) -> str:
    """Where a worker has the one, its successor has the other; no longer than a name may be."""
    if len(stream_id) + len(SECOND) <= LONGEST:
        return stream_id + SECOND
    return f"{stream_id[:53]}-{sha256(stream_id.encode()).hexdigest()[:8]}{SECOND}"
