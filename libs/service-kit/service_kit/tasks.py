"""How many things a process has under way at once, for its metrics: what only grows is a leak."""

import asyncio

HELP = "asyncio tasks under way"


def running() -> float:
    """asyncio's tasks of the loop that runs here; 0 where none does."""
    try:
        return float(len(asyncio.all_tasks()))
    except RuntimeError:
        return 0.0
