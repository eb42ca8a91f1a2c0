"""What an access unit shows: one hash over its coded slices.

Parameter sets, delimiters and filler are left out: a server may repeat or drop them, the picture is the same.
"""

from collections.abc import Iterator
from hashlib import sha256

Digest = bytes


def digest(unit: bytes, codec: str, length_size: int | None) -> Digest:
    """`length_size` None: Annex B, with start codes."""
    sum_ = sha256()
    for nal in annexb(unit) if length_size is None else length_prefixed(unit, length_size):
        if nal and (1 <= nal[0] & 31 <= 5 if codec == "h264" else nal[0] >> 1 & 63 < 32):
            sum_.update(len(nal).to_bytes(4, "big") + nal)
    return sum_.digest()


def length_size(codec: str, extradata: bytes) -> int | None:
    """Of the lengths before each NAL unit, as avcC or hvcC say; None where there is neither."""
    if not extradata or extradata[:3] == b"\0\0\1" or extradata[:4] == b"\0\0\0\1":
        return None
    return extradata[4 if codec == "h264" else 21] % 4 + 1


def length_prefixed(unit: bytes, size: int) -> Iterator[bytes]:
    at = 0
    while at + size <= len(unit):
        length = int.from_bytes(unit[at : at + size], "big")
        yield unit[at + size : at + size + length]
        at += size + length


def annexb(unit: bytes) -> Iterator[bytes]:
    """Zero bytes after a NAL unit belong to the next start code or to padding."""
    at = unit.find(b"\0\0\1")
    while at >= 0:
        after = unit.find(b"\0\0\1", at + 3)
        yield unit[at + 3 : after if after >= 0 else len(unit)].rstrip(b"\0")
        at = after
