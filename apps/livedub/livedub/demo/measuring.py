"""From what was fetched and recorded to what the checks judge. Blocking: pictures and sound are decoded."""

import contextlib
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from media_service.testmedia import sound_faults
from media_service.testmedia.media import Media, read

from livedub.demo.checks import Dub, Measured, Played, Transcript
from livedub.demo.hearing import compare, marks
from livedub.demo.playlist import Piece
from livedub.demo.watching import Viewer
from livedub.dub.events import Slot


def measure(
    *,
    page: tuple[int | None, int],
    original: Viewer,
    dubbed: Viewer,
    watched_s: tuple[float, float],
    output: Path,
    slots: Sequence[Slot],
    listened_s: float,
    originals: str,
) -> Measured:
    """`page`: status and bytes; `watched_s`: the original, the dubbed, since each could be played."""
    theirs, ours, sent = (decoded(file) for file in (original.file, dubbed.file, output))
    return Measured(
        page_status=page[0],
        page_bytes=page[1],
        original=_played(original, theirs, watched_s[0]),
        dubbed=_played(dubbed, ours, watched_s[1]),
        preview=_dub(theirs, ours),
        apart_ms=apart_ms(theirs, original.pieces, ours, dubbed.pieces),
        output=_dub(theirs, sent),
        transcript=Transcript(
            len(slots),
            sum(len(slot.translation.split()) for slot in slots),
            round(listened_s, 1),
            originals,
        ),
    )


def decoded(file: Path) -> Media | None:
    """None for what holds nothing that can be played."""
    with contextlib.suppress(OSError, av.FFmpegError, ValueError, IndexError):
        media = read(file)
        if media.frames and media.sound is not None:
            return media
    return None


def apart_ms(
    original: Media | None,
    its_pieces: Sequence[tuple[Piece, int]],
    dubbed: Media | None,
    dubbed_pieces: Sequence[tuple[Piece, int]],
) -> float | None:
    """How much later the dubbed preview dates the same picture; None where that cannot be told."""
    if original is None or dubbed is None:
        return None
    one, other = ahead_s(original, its_pieces), ahead_s(dubbed, dubbed_pieces)
    known = dict(marks(original))
    between = [pts - known[number] for number, pts in marks(dubbed) if number in known]
    if one is None or other is None or not between:
        return None
    return (other - one + float(np.median(between)) / 1e9) * 1000


def ahead_s(media: Media, pieces: Sequence[tuple[Piece, int]]) -> float | None:
    """How far the dates of the pieces are ahead of their pictures' time stamps."""
    pictures = media.of("video")
    positions = [packet.position for packet in pictures]
    found = []
    for piece, start in pieces:
        first = bisect_left(positions, start)
        if piece.date_unix_s is not None and first < len(pictures):
            found.append(piece.date_unix_s - pictures[first].pts_ns / 1e9)
    return float(np.median(found)) if found else None


def _played(viewer: Viewer, media: Media | None, watched_s: float) -> Played:
    sound = media.sound if media is not None else None
    return Played(
        watched_s=watched_s,
        pieces=len(viewer.pieces),
        advances=viewer.advances,
        decoded_s=len(sound.samples) / sound.rate_hz if sound is not None else 0.0,
        pictures=len(media.frames or ()) if media is not None else 0,
        undecodable=sum(media.undecodable.values()) if media is not None else 0,
        breaks=len(sound_faults.breaks(sound)) if sound is not None else 0,
        failures=len(viewer.failures),
    )


def _dub(original: Media | None, dubbed: Media | None) -> Dub | None:
    return None if original is None or dubbed is None else compare(original, dubbed)
