"""The head of a Matroska file, read for the encoder's head start."""

import io
from collections.abc import Iterator

from media_service.pipeline.matroska import MOST_DELAY_NS, delay_in

from fuzz.promises import hold


def one(data: bytes) -> None:
    try:
        delay_ns = delay_in(io.BytesIO(data))
    except EOFError:
        return
    hold(0 <= delay_ns <= MOST_DELAY_NS, "no longer than an encoder's head start can be")


def _element(name: str, content: bytes) -> bytes:
    return bytes.fromhex(name) + (0x10000000 | len(content)).to_bytes(4) + content


def seeds() -> Iterator[bytes]:
    sound = _element("ae", _element("83", b"\x02") + _element("56aa", (6_500_000).to_bytes(4)))
    picture = _element("ae", _element("83", b"\x01"))
    tracks = _element("1654ae6b", picture + sound)
    yield _element("1a45dfa3", b"") + _element("18538067", tracks + _element("1f43b675", b"cluster"))
    yield bytes.fromhex("1853806701ffffffffffffff") + tracks
    yield _element("18538067", _element("1f43b675", b""))
