"""The worker's settings: one table, checked whole before anything connects; and which texts may be shown.

`load` is where a process gets them. A URL leaves this room for a log, an error or a page only through `mask`,
an arbitrary text only through `scrub`. Nothing in here opens a socket.
"""

from media_service.config.settings import WorkerSettings, load
from media_service.config.urls import HIDDEN, concealer, mask, scrub

__all__ = ["HIDDEN", "WorkerSettings", "concealer", "load", "mask", "scrub"]
