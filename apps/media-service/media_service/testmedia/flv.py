"""As much of the FLV format as joining two files takes."""

from collections.abc import Iterator, Sequence

_FILE_HEADER = 9 + 4
_TAG_HEADER = 11
_SCRIPT = 18


def join(files: Sequence[bytes]) -> bytes:
    """One stream; each further file's sequence headers are given the time of its first packet.

    Its script data is left out: some readers take a second one for a new track.
    """
    out = bytearray(files[0])
    for file in files[1:]:
        tags = list(_tags(file))
        first_ms = next((_stamp(file, at) for at in tags if _stamp(file, at)), 0)
        for at, end in zip(tags, [*tags[1:], len(file)], strict=True):
            if file[at] == _SCRIPT:
                continue
            tag = bytearray(file[at:end])
            if not _stamp(file, at):
                tag[4:7] = (first_ms & 0xFFFFFF).to_bytes(3, "big")
                tag[7] = first_ms >> 24
            out += tag
    return bytes(out)


def _tags(file: bytes) -> Iterator[int]:
    at = _FILE_HEADER
    while at + _TAG_HEADER <= len(file):
        yield at
        at += _TAG_HEADER + int.from_bytes(file[at + 1 : at + 4], "big") + 4


def _stamp(file: bytes, at: int) -> int:
    """milliseconds"""
    return int.from_bytes(file[at + 4 : at + 7], "big") | file[at + 7] << 24
