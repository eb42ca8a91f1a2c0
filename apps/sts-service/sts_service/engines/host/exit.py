"""Waiting for a process to end, on the loop and without a thread.

The standard library starts it (`Popen`), not the loop: uvloop forks, and the fork of a large server holds its
loop up for tens of milliseconds, where `Popen` uses vfork.
"""

import asyncio
import os
import subprocess

_LOOK_EVERY_S = 0.05


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Its exit status, once it has ended; it is reaped here and nowhere else."""
    try:
        fd = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # no Linux, or one that is not given it
        while True:
            status = process.poll()
            if status is not None:
                return status
            await asyncio.sleep(_LOOK_EVERY_S)
    try:
        await _readable(fd)
    finally:
        os.close(fd)
    return process.wait()


async def _readable(fd: int) -> None:
    loop = asyncio.get_running_loop()
    news: asyncio.Future[None] = loop.create_future()
    loop.add_reader(fd, lambda: None if news.done() else news.set_result(None))
    try:
        await news
    finally:
        loop.remove_reader(fd)
