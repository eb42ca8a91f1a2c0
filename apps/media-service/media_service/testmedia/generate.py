"""Writes a programme as flv, ts, mp4, mov, mkv or nut; with a break in clock or picture, joined of two."""

import functools
import io
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from media_service.testmedia import flv
from media_service.testmedia.access import Flaw, Unit
from media_service.testmedia.encode import Encode, audio, split, video
from media_service.testmedia.programme import Programme

FORMATS = {".flv": "flv", ".ts": "mpegts", ".mp4": "mp4", ".mov": "mov", ".mkv": "matroska", ".nut": "nut"}
_JOINABLE = (".flv", ".ts")
_BEFORE_ZERO = (".mp4", ".mov", ".mkv")
"""These can say that what lies before 0, the decoder's head start, is not to be shown."""
_OPTIONS = {".flv": {"flvflags": "no_duration_filesize"}, ".ts": {"pes_payload_size": "0"}}
"""An audio frame a PES packet: libavformat would keep 0.2 s together, which is sent in bursts."""
_LEAD_STEP_NS = 100_000_000
_TIME_BASE = Fraction(1, 1_000_000_000)


def generate(path: Path, programme: Programme, flaws: Sequence[Flaw] = ()) -> Path:
    """Writes `programme` as the kind of file the suffix names. The same programme gives the same media."""
    # The clock is the container's; what is encoded is the same.
    pictures, heard = _encoded(replace(programme, first_pts_s=0.0, jump_s=0.0))
    units = [unit for encode in (*pictures, *([heard] if heard else [])) for unit in encode.units]
    units.sort(key=lambda unit: unit.dts_ns)
    for flaw in flaws:
        units = sorted(flaw(units), key=lambda unit: unit.dts_ns)
    lead_ns = 0 if path.suffix in _BEFORE_ZERO else _lead_ns(units)
    pieces: list[list[Unit]] = [[] for _ in range(3)]
    for unit in units:
        jumped = programme.jump_at_s is not None and unit.pts_ns >= programme.jump_at_s * 1e9
        resized = programme.resize_at_s is not None and unit.pts_ns >= programme.resize_at_s * 1e9
        by_s = programme.first_pts_s + (programme.jump_s if jumped else 0)
        pieces[jumped + resized].append(unit.later(lead_ns + round(by_s * 1e9)))
    written = [_written(path.suffix, piece, pictures, heard) for piece in pieces if piece]
    if len(written) > 1 and path.suffix not in _JOINABLE:
        raise ValueError(f"{path.suffix} cannot hold a programme with a break; {_JOINABLE} can")
    path.write_bytes(flv.join(written) if path.suffix == ".flv" else b"".join(written))
    return path


@functools.lru_cache(maxsize=4)
def _encoded(programme: Programme) -> tuple[list[Encode], Encode | None]:
    """Encoding is most of the work, and one programme goes into several files."""
    pictures = (
        [video(programme, size, n, frames) for n, (size, frames) in enumerate(split(programme))]
        if programme.video
        else []
    )
    return pictures, audio(programme) if programme.audio else None


def _lead_ns(units: list[Unit]) -> int:
    """No DTS shall be negative; in round figures, so that rounding to milliseconds shifts no track."""
    return -(min(unit.dts_ns for unit in units) // _LEAD_STEP_NS) * _LEAD_STEP_NS


def _written(suffix: str, units: list[Unit], pictures: list[Encode], heard: Encode | None) -> bytes:
    out = io.BytesIO()
    options = _OPTIONS.get(suffix, {})
    with av.open(out, "w", format=FORMATS[suffix], options=options) as container:
        streams: dict[str, Any] = {}
        seen = next((unit.stream for unit in units if unit.kind == "video"), 0)
        if pictures:
            streams["video"] = container.add_stream_from_template(pictures[seen].template)
        if heard:
            streams["audio"] = container.add_stream_from_template(heard.template)
        for unit in units:
            packet = av.Packet(unit.data)
            packet.stream = streams[unit.kind]
            packet.time_base = _TIME_BASE
            packet.pts, packet.dts, packet.duration = unit.pts_ns, unit.dts_ns, unit.duration_ns
            packet.is_keyframe = unit.keyframe
            container.mux(packet)
    return out.getvalue()
