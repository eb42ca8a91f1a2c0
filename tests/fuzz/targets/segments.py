"""The previews: segments, their playlist, and MPEG-TS made of whatever stamps and pieces a source has."""

from collections.abc import Iterator

import av
from fragment_audio.format import AudioFormat
from media_service.audio.picture import AccessUnit, PictureFormat
from media_service.audio.transport_stream import SoundFrame, transport_stream
from media_service.preview.playlist import Playlist
from media_service.preview.segmenter import Segment, Segmenter

from fuzz.feed import Feed
from fuzz.promises import hold

AAC = AudioFormat("aac", 48_000, 2, b"\x11\x90")
OTHER = AudioFormat("aac", 44_100, 1, b"\x12\x08")
PICTURES = (PictureFormat("h264", 64, 64), PictureFormat("h265", 64, 64))
MS_NS = 1_000_000
MOST_PIECES = 400


def one(data: bytes) -> None:
    feed = Feed(data)
    segmenter, playlist = Segmenter(), Playlist(feed.number(2))
    given = {"units": 0, "frames": 0}
    segments: list[Segment] = []
    pts_ns = 0
    for number in range(MOST_PIECES):
        if not feed:
            break
        what = feed.number()
        pts_ns += feed.number(1, signed=True) * (100 if what & 64 else 10) * MS_NS
        if what & 3 == 3 and what & 128:
            segments += segmenter.end()
        elif what & 1:
            content = number.to_bytes(2) + feed.take(what >> 2 & 7)
            unit = AccessUnit(content, pts_ns + (what >> 5 & 3) * 40 * MS_NS, pts_ns, bool(what & 2))
            segments += segmenter.picture(unit, PICTURES[what >> 7])
            given["units"] += 1
        else:
            segments += segmenter.heard(SoundFrame(pts_ns, number.to_bytes(2)), OTHER if what & 128 else AAC)
            given["frames"] += 1
    segments += segmenter.end()
    _check(segments, given, playlist)
    for segment in segments[:2]:
        try:
            transport_stream(segment.units, segment.picture, segment.frames, segment.sound)
        except (ValueError, av.FFmpegError, OverflowError):
            return


def _check(segments: list[Segment], given: dict[str, int], playlist: Playlist) -> None:
    units = [int.from_bytes(unit.data[:2]) for segment in segments for unit in segment.units]
    frames = [int.from_bytes(frame.data) for segment in segments for frame in segment.frames]
    hold(units == sorted(set(units)), "every picture once and in order")
    # A source's stamps may go back: sound then lies where its stamp says.
    hold(len(frames) == len(set(frames)), "every frame of sound once")
    hold(len(units) <= given["units"] and len(frames) <= given["frames"], "and nothing else")
    for segment in segments:
        hold(segment.end_ns > segment.start_ns, "a segment lasts")
        length_ns = min(segment.end_ns - segment.start_ns, 10**12)
        playlist.add(length_ns, 10**18, discontinuity=not segment.continues, window_ns=10**10)
    lines = playlist.text().splitlines()
    hold(lines[0] == "#EXTM3U" and all(line.isascii() and line.isprintable() for line in lines), "a playlist")


def seeds() -> Iterator[bytes]:
    picture, sound = bytes([0b00000101]), bytes([0])
    keyed = b"\x07\x04k" + b"".join(picture + b"\x04u" + sound + b"\x02" for _ in range(60))
    yield b"\0\1" + keyed * 3
    yield b"\0\1" + b"".join(sound + b"\x02" for _ in range(300))
    yield b"\0\1" + keyed + b"\x83\0" + keyed
    yield b"\0\1" + b"\x47\x7fk" * 30
