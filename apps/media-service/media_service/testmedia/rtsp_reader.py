"""Takes down an RTSP stream packet by packet, as nut: what RTSP sends has no file format of its own."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av

_REORDERED = 6
"""Video packets after which the first instant of the picture is known."""


def take(url: str, file: Path, arrivals: Path) -> None:
    """Until the stream ends."""
    with (
        av.open(url, options={"rtsp_transport": "tcp"}, timeout=10) as source,
        file.open("wb", buffering=0) as media,
        arrivals.open("w", buffering=1) as moments,
        av.open(media, "w", format="nut", options={"flush_packets": "1"}) as out,
    ):
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        for packet, at_ns in _timed(source):
            packet.stream = streams[packet.stream.index]
            out.mux(packet)
            moments.write(f"{at_ns} {media.tell()}\n")


def _timed(source: Any) -> Iterator[tuple[Any, int]]:
    """Packets in the order of decoding with their moments of arrival, all with a PTS and a DTS.

    libavformat gives a first picture that is reordered no PTS: it belongs one picture before the earliest of
    the others.
    """
    held: list[tuple[Any, int]] | None = []
    pictures = 0
    newest: dict[int, int] = {}
    for packet in source.demux():
        if not packet.size:
            continue
        pictures += packet.stream.type == "video"
        ready = [(packet, time.monotonic_ns())]
        if held is not None:
            held += ready
            if pictures < _REORDERED and any(stream.type == "video" for stream in source.streams):
                continue
            ready, held = _first_set(held), None
        for item, at_ns in ready:
            if item.pts is None:
                continue
            index = item.stream.index
            if item.dts is None or item.dts <= newest.get(index, item.dts - 1):
                item.dts = (
                    newest[index] + 1 if index in newest else item.pts - _REORDERED * (item.duration or 0)
                )
            newest[index] = item.dts
            yield item, at_ns


def _first_set(held: list[tuple[Any, int]]) -> list[tuple[Any, int]]:
    pictures = [packet for packet, _ in held if packet.stream.type == "video"]
    stamps = [packet.pts for packet in pictures if packet.pts is not None]
    if pictures and pictures[0].pts is None and stamps:
        pictures[0].pts = min(stamps) - (pictures[0].duration or 0)
    return held
