"""The connections that a pipeline has opened, to cut one that GStreamer does not end: while more comes, its
reader of RTSP does not look up.
"""

import contextlib
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path


def known() -> frozenset[int]:
    """The sockets of this process, by their inodes."""
    return frozenset(inode for _, inode in _sockets())


def cut(before: frozenset[int], port: int) -> None:
    """Those to this port that are not among `before`. Whoever reads from one reads its end."""
    for number, inode in list(_sockets()):
        if inode in before:
            continue
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as copy:
            is_stream = copy.family in (socket.AF_INET, socket.AF_INET6) and copy.type == socket.SOCK_STREAM
            if is_stream and copy.getpeername()[1] == port:
                copy.shutdown(socket.SHUT_RDWR)


def _sockets() -> Iterator[tuple[int, int]]:
    """Descriptor and inode."""
    for name in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found = os.fstat(int(name.name))
            if stat.S_ISSOCK(found.st_mode):
                yield int(name.name), found.st_ino
