"""What was said and what it became, as JSON. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from livedub.dub.events import Slot


def document(slots: Sequence[Slot], *, source_language: str, target_language: str) -> str:
    """Times are milliseconds of the media."""
    fragments = [
        {
            "number": slot.number,
            "start_ms": slot.start_ms,
            "end_ms": slot.end_ms,
            "heard": slot.heard,
            "reason": slot.reason,
            "transcript": slot.transcript,
            "translation": slot.translation,
            "segments": [asdict(segment) for segment in slot.segments],
        }
        for slot in slots
    ]
    about = {"source_language": source_language, "target_language": target_language, "fragments": fragments}
    return json.dumps(about, ensure_ascii=False, indent=2) + "\n"
