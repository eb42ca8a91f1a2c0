"""Programmes that several scenes show are made once a session."""

import os
import threading
from collections import defaultdict
from pathlib import Path

from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme

_making: dict[tuple[Programme, str], threading.Lock] = defaultdict(threading.Lock)
_made: dict[tuple[Programme, str], Path] = {}


def film(path: Path, programme: Programme) -> Path:
    """As `generate`, from several threads at once; nobody may write to the file."""
    kind = programme, path.suffix
    with _making[kind]:
        first = _made.get(kind)
        if first is not None and first.exists():
            os.link(first, path)
        else:
            _made[kind] = generate(path, programme)
    return path
