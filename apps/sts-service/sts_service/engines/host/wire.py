"""How a message becomes bytes on the socket: pickle, with large arrays beside it, so that none is copied.

Neither side reads or writes here: `pack` gives what to send, `incoming` says what to fill next.

* Exception
  + LinkBroken    the other side has gone, or what it sent is no message
  + Unsendable    the message cannot be sent; nothing of it was
  + Unwelcome     a whole message came, and holds what must not come
"""

import io
import pickle
import struct
from collections.abc import Generator, Sequence
from typing import Any

MESSAGE_MAX_BYTES = 64 * 1024 * 1024
"""Ten minutes of speech at 24 kHz."""

PARTS_MAX = 4096
_MAGIC = b"dub1"
_HEAD = struct.Struct("!4sI")
_LENGTH = struct.Struct("!Q")

WELCOME = ("numpy", "sts_service", "dubbing_protocol")
"""Packages whose types may come from an engine process. All else would be imported into the server."""


class LinkBroken(Exception):
    """There is nobody to talk to any more."""


class Unsendable(Exception):
    """Why, in a few words."""


class Unwelcome(Exception):
    """What it was, in a few words."""


def pack(message: object) -> list[bytes | memoryview]:
    """What to send, one after the other. Raises `Unsendable`."""
    buffers: list[pickle.PickleBuffer] = []
    try:
        body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    except Exception as error:  # anything's own way to be pickled may fail as it likes
        raise Unsendable(f"it cannot be pickled: {type(error).__name__}") from error
    parts: list[bytes | memoryview] = [body, *(buffer.raw() for buffer in buffers)]
    size = sum(map(len, parts))
    if size > MESSAGE_MAX_BYTES or len(parts) > PARTS_MAX:
        raise Unsendable(f"it has {size} bytes in {len(parts)} parts, the limit is {MESSAGE_MAX_BYTES}")
    lengths = b"".join(_LENGTH.pack(len(part)) for part in parts)
    return [_HEAD.pack(_MAGIC, len(parts)) + lengths, *(part for part in parts if len(part))]


def incoming() -> Generator[memoryview, None, list[bytearray]]:
    """Yields what to fill next; returns the parts of a message. Raises `LinkBroken` where it is none."""
    head = bytearray(_HEAD.size)
    yield memoryview(head)
    magic, count = _HEAD.unpack(head)
    if magic != _MAGIC or not 0 < count <= PARTS_MAX:
        raise LinkBroken("what came is no message")
    lengths = bytearray(_LENGTH.size * count)
    yield memoryview(lengths)
    sizes = [size for (size,) in _LENGTH.iter_unpack(lengths)]
    if sum(sizes) > MESSAGE_MAX_BYTES:
        raise LinkBroken(f"a message of {sum(sizes)} bytes came, the limit is {MESSAGE_MAX_BYTES}")
    parts = [bytearray(size) for size in sizes]
    for part in parts:
        if part:
            yield memoryview(part)
    return parts


def unpack(parts: Sequence[bytearray]) -> Any:
    """The message, for the engine process: it imports whatever the server names."""
    return pickle.loads(parts[0], buffers=parts[1:])


def unpack_welcome(parts: Sequence[bytearray]) -> Any:
    """The message, for the server. Raises `Unwelcome`."""
    try:
        return _Picky(io.BytesIO(parts[0]), buffers=parts[1:]).load()
    except Unwelcome:
        raise
    except Exception as error:
        raise Unwelcome(f"what came cannot be read: {type(error).__name__}") from error


class _Picky(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] not in WELCOME:
            raise Unwelcome(f"what came holds a {module}.{name}")
        return super().find_class(module, name)
