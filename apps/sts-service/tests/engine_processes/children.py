"""The processes that a test has started: others may be there before it, of tests that share its process."""

import psutil

_before: set[int] = set()


def look_around() -> None:
    """Those that are here now count as others' from now on."""
    _before.clear()
    _before.update(child.pid for child in psutil.Process().children())


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.pid not in _before]
