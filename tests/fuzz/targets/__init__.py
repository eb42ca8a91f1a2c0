"""A module for each border: `one` plays some bytes, and `seeds` gives whole ones to begin with.

`one` returns whatever a border may do with foreign bytes, its own errors too; anything that it raises is a
finding: another exception, or a promise (`promises.hold`) that was broken.
"""

import importlib
from collections.abc import Iterable
from typing import Protocol, cast

NAMES = (
    "server_frames",
    "worker_frames",
    "fragment_sound",
    "stream_packets",
    "flv_tags",
    "movie_edits",
    "matroska_head",
    "pictures",
    "segments",
    "playlists",
    "hooks",
    "hook_words",
    "places",
    "secrets",
    "cookies",
    "voices_file",
    "config_file",
    "environment",
    "log_lines",
)


class Target(Protocol):
    def one(self, data: bytes) -> None: ...

    def seeds(self) -> Iterable[bytes]: ...


def load(name: str) -> Target:
    return cast("Target", importlib.import_module(f"fuzz.targets.{name}"))
