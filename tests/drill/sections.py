"""A recording of RTMP, cut where its clock begins anew: each piece is one connection of the output."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from media_service.testmedia.recorder import arrivals_file

FILE_HEADER = 9 + 4
TAG_HEADER = 11
AUDIO, VIDEO = 8, 9
JUMP_MS = 500
"""Of the sound, which has no hole as long as its connection lasts."""


@dataclass(frozen=True)
class Tag:
    kind: int
    stamp_ms: int
    start: int
    end: int
    describes: bool
    """No media: what its track is made of."""


def sections(recording: Path) -> list[Path]:
    """Files beside it, each with its arrivals; those without sound are left out."""
    content = recording.read_bytes()
    pieces: list[list[Tag]] = [[]]
    head: dict[int, Tag] = {}
    heads: list[dict[int, Tag]] = [{}]
    said: list[Tag] = []
    """Descriptions that belong to the media after them."""
    latest_ms: int | None = None
    for tag in tags(content):
        if tag.describes:
            head[tag.kind] = tag
            said.append(tag)
            continue
        if latest_ms is not None and _begins_anew(tag, latest_ms):
            pieces.append([])
            heads.append(dict(head))
            said, latest_ms = [], None
        if tag.kind == AUDIO:
            latest_ms = tag.stamp_ms
        pieces[-1] += [*said, tag]
        said = []
    moments = _arrivals(recording)
    made = []
    for number, (piece, start) in enumerate(zip(pieces, heads, strict=True)):
        if any(tag.kind == AUDIO and not tag.describes for tag in piece):
            file = recording.with_name(f"{recording.stem}-{number}.flv")
            _write(file, content, [*start.values()], piece, moments)
            made.append(file)
    return made


def _begins_anew(tag: Tag, latest_ms: int) -> bool:
    """Pictures may stay away, and be somewhat early."""
    step_ms = tag.stamp_ms - latest_ms
    return abs(step_ms) > JUMP_MS if tag.kind == AUDIO else step_ms < -2 * JUMP_MS


def tags(content: bytes) -> Iterator[Tag]:
    at = FILE_HEADER
    while at + TAG_HEADER <= len(content):
        size = TAG_HEADER + int.from_bytes(content[at + 1 : at + 4], "big") + 4
        if at + size > len(content):
            return
        kind = content[at]
        stamp_ms = int.from_bytes(content[at + 4 : at + 7], "big") | content[at + 7] << 24
        if kind in (AUDIO, VIDEO) and size > TAG_HEADER + 4 + 2:
            body = content[at + TAG_HEADER : at + TAG_HEADER + 2]
            codec = body[0] & 15 if kind == VIDEO else body[0] >> 4
            describes = codec == (7 if kind == VIDEO else 10) and body[1] == 0
            yield Tag(kind, stamp_ms, at, at + size, describes)
        at += size


def _write(
    file: Path, content: bytes, head: list[Tag], piece: list[Tag], moments: list[tuple[int, int]]
) -> None:
    out = bytearray(content[:FILE_HEADER])
    for tag in head:
        # With the first packet's time, or a reader would take the way there for a part of the programme.
        stamp = piece[0].stamp_ms.to_bytes(4, "big")
        raw = bytearray(content[tag.start : tag.end])
        raw[4:8] = stamp[1:] + stamp[:1]
        out += raw
    totals = [total for _, total in moments]
    lines = []
    for tag in piece:
        out += content[tag.start : tag.end]
        index = min(bisect_left(totals, tag.end), len(moments) - 1)
        lines.append(f"{moments[index][0]} {len(out)}\n")
    file.write_bytes(out)
    arrivals_file(file).write_text("".join(lines))


def _arrivals(recording: Path) -> list[tuple[int, int]]:
    lines = (line.split() for line in arrivals_file(recording).read_text().splitlines())
    return [(int(moment), int(total)) for moment, total in lines]
