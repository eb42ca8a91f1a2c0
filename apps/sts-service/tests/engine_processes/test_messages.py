"""The bytes on the socket: nothing copied, nothing unbounded, nothing foreign."""

from collections.abc import Generator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from hypothesis import given
from hypothesis import strategies as st
from sts_service.asr import Segment, Transcript, Word
from sts_service.engines.host import wire
from sts_service.engines.host.messages import Failure, Value
from sts_service.engines.host.wire import (
    LinkBroken,
    Unsendable,
    Unwelcome,
    incoming,
    pack,
    unpack,
    unpack_welcome,
)


def received(data: bytes, step: int = 1 << 30) -> list[bytearray]:
    """What comes of it when at most `step` bytes come at a time."""
    steps: Generator[memoryview, None, list[bytearray]] = incoming()
    try:
        view = next(steps)
        while True:
            assert data, "it wants more than was sent"
            count = min(step, len(view), len(data))
            view[:count] = data[:count]
            data = data[count:]
            view = view[count:] if count < len(view) else next(steps)
    except StopIteration as whole:
        assert not data, "bytes are left over"
        parts: list[bytearray] = whole.value
        return parts


ARRAYS = st.lists(st.integers(0, 300), max_size=4).map(
    lambda sizes: [np.arange(size, dtype=np.float32) for size in sizes]
)


@given(ARRAYS, st.integers(1, 2000), st.text(max_size=20))
def test_a_message_arrives_as_it_was_sent_however_it_is_cut(arrays: list[Any], step: int, text: str) -> None:
    sent = Value((text, arrays), 7)
    parts = received(b"".join(pack(sent)), step)
    for back in (unpack(parts), unpack_welcome(parts)):
        assert (back.held_bytes, back.value[0]) == (7, text)
        assert all(np.array_equal(*pair) for pair in zip(back.value[1], arrays, strict=True))


def test_a_large_array_is_sent_from_where_it_lies() -> None:
    sound = np.random.default_rng(1).random(30 * 48_000, np.float32)
    parts = pack(Value(sound, 0))
    assert len(parts[-1]) == sound.nbytes
    assert np.shares_memory(np.frombuffer(parts[-1], np.float32), sound)


def test_what_the_engines_give_may_come() -> None:
    word = Word("a", np.float64(0.5), 1.0, float(np.float32(0.25)))
    transcript = Transcript("a", (Segment("a", 0.5, 1.0, (word,)),), None, "en")
    for message in (Value(transcript, 1), Failure(ErrorCode.GPU_OOM, "full", True, 1)):
        assert unpack_welcome(received(b"".join(pack(message)))) == message


def test_a_type_of_a_foreign_package_does_not_come() -> None:
    with pytest.raises(Unwelcome, match=r"decimal\.Decimal"):
        unpack_welcome(received(b"".join(pack(Value(Decimal(1), 0)))))


def test_what_cannot_be_pickled_is_not_sent() -> None:
    with pytest.raises(Unsendable, match="pickled"):
        pack(Value(lambda: None, 0))


def test_a_message_beyond_the_bound_is_neither_sent_nor_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    message = b"".join(pack(Value(np.zeros(2000, np.uint8), 0)))
    monkeypatch.setattr(wire, "MESSAGE_MAX_BYTES", 1000)
    with pytest.raises(Unsendable, match="1000"):
        pack(Value(np.zeros(2000, np.uint8), 0))
    with pytest.raises(LinkBroken, match="1000"):
        received(message)


@given(st.binary(min_size=8, max_size=200).filter(lambda data: not data.startswith(b"dub1")))
def test_what_is_no_message_is_noticed_at_once(data: bytes) -> None:
    with pytest.raises(LinkBroken, match="no message"):
        received(data)


@given(st.binary(max_size=60))
def test_what_only_begins_like_a_message_is_unwelcome(body: bytes) -> None:
    with pytest.raises(Unwelcome):
        unpack_welcome([bytearray(b"\x80\x05" + body)])
