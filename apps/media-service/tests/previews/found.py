"""A playlist and its segments, as a player finds them."""

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from media_service.testmedia.media import FrameSeen, Media, read

PLAYLIST = "index.m3u8"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """One segment."""

    number: int
    name: str
    wall_ns: int
    duration_ns: int
    discontinuity: bool


@dataclass(frozen=True)
class Playlist:
    target_s: int
    sequence: int
    discontinuity_sequence: int
    parts: list[Part]

    @property
    def length_ns(self) -> int:
        return sum(part.duration_ns for part in self.parts)


def parse(text: str) -> Playlist:
    """Strict: every line is known, every segment has its date and its length."""
    head = text.splitlines()[:5]
    values: dict[str, int] = {}
    assert head[0] == "#EXTM3U"
    for line in head[1:]:
        key, _, value = line.partition(":")
        values[key.removeprefix("#EXT-X-")] = int(value)
    parts: list[Part] = []
    fields: dict[str, str] = {}
    for line in text.splitlines()[5:]:
        if line.startswith("#"):
            key, _, value = line.partition(":")
            assert key in ("#EXT-X-DISCONTINUITY", "#EXT-X-PROGRAM-DATE-TIME", "#EXTINF"), line
            fields[key] = value
            continue
        assert re.fullmatch(r"\d+\.ts", line), line
        moment = datetime.fromisoformat(fields["#EXT-X-PROGRAM-DATE-TIME"])
        ms = (moment - _EPOCH).total_seconds() * 1000
        duration_ns = round(float(fields["#EXTINF"].removesuffix(",")) * 1e9)
        number = values["MEDIA-SEQUENCE"] + len(parts)
        parts.append(Part(number, line, round(ms) * 1_000_000, duration_ns, "#EXT-X-DISCONTINUITY" in fields))
        fields = {}
    assert not fields
    assert values["VERSION"] == 3
    return Playlist(
        values["TARGETDURATION"], values["MEDIA-SEQUENCE"], values["DISCONTINUITY-SEQUENCE"], parts
    )


@dataclass(frozen=True, eq=False)
class Preview:
    """One side's folder, as it was at a moment."""

    folder: Path
    playlist: Playlist

    @cached_property
    def media(self) -> list[Media]:
        """Of each segment."""
        return [read(self.folder / part.name) for part in self.playlist.parts]

    @cached_property
    def whole(self) -> Media:
        """All segments one after the other."""
        joined = self.folder / "joined.ts"
        joined.write_bytes(b"".join((self.folder / part.name).read_bytes() for part in self.playlist.parts))
        return read(joined)

    def shown_ns(self) -> dict[int, float]:
        """By frame number, the date at which the playlist says that it was."""
        dates: dict[int, float] = {}
        for part, media in zip(self.playlist.parts, self.media, strict=True):
            frames: list[FrameSeen] = media.frames or []
            first_ns = min(frame.pts_ns for frame in frames)
            for frame in frames:
                if frame.mark is not None:
                    dates[frame.mark.number] = part.wall_ns + frame.pts_ns - first_ns
        return dates


def taken(side: Path, to: Path) -> Preview:
    """A copy of what lies there now: the playlist, and every file that it names."""
    to.mkdir(parents=True)
    text = (side / PLAYLIST).read_text()
    (to / PLAYLIST).write_text(text)
    playlist = parse(text)
    for part in playlist.parts:
        shutil.copy(side / part.name, to / part.name)
    return Preview(to, playlist)
