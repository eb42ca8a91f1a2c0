"""Threads that begin now have room for deep recursion: GStreamer's reader of AMF follows a message as deep as
it goes, and one of RTMP may nest four million objects. Only what is used of it becomes memory.
"""

import contextlib
import ctypes
from collections.abc import Iterator

STACK_BYTES = 1024 * 1024 * 1024
_ATTRIBUTES_BYTES = 256
"""More than a pthread_attr_t has anywhere."""


@contextlib.contextmanager
def deep_stacks() -> Iterator[None]:
    """Where the C library knows no such setting, nothing changes."""
    library = ctypes.CDLL(None)
    attributes = ctypes.create_string_buffer(_ATTRIBUTES_BYTES)
    try:
        known = library.pthread_getattr_default_np(attributes) == 0
        usual = ctypes.c_size_t()
        library.pthread_attr_getstacksize(attributes, ctypes.byref(usual))
    except AttributeError:
        known = False
    if not known:
        yield
        return
    try:
        _set(library, attributes, STACK_BYTES)
        yield
    finally:
        _set(library, attributes, usual.value)
        library.pthread_attr_destroy(attributes)


def _set(library: ctypes.CDLL, attributes: ctypes.Array[ctypes.c_char], size: int) -> None:
    library.pthread_attr_setstacksize(attributes, ctypes.c_size_t(size))
    library.pthread_setattr_default_np(attributes)
