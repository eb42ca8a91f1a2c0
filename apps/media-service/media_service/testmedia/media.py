"""Reads a recording: its packets as they are, the numbers in its frames, its sound with a time a sample."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from media_service.testmedia import strip
from media_service.testmedia.access import Kind

Samples = npt.NDArray[np.float32]

_JITTER_FRAMES = 24
BREAK_NS = 5_000_000
"""Sound that is further than this from where the samples before it end has been cut."""


@dataclass(frozen=True)
class PacketSeen:
    kind: Kind
    data: bytes
    pts_ns: int
    dts_ns: int | None
    """None where the container has none and it could not be told"""
    position: int
    """of its first byte in the file"""
    keyframe: bool


@dataclass(frozen=True)
class FrameSeen:
    pts_ns: int
    luma: float
    """mean, without the strip"""
    mark: strip.Mark | None
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class SoundSeen:
    """The sound as decoded, in one piece, and the PTS of each decoded frame of it."""

    samples: Samples
    """(samples, channels)"""
    rate_hz: int
    starts: npt.NDArray[np.int64]
    """index of each decoded frame's first sample"""
    pts_ns: npt.NDArray[np.int64]

    @property
    def mono(self) -> Samples:
        mixed: Samples = self.samples.mean(axis=1)
        return mixed

    def errors_ns(self) -> npt.NDArray[np.float64]:
        """How far each frame's PTS is from a clock that counts samples from the first."""
        passed = (self.starts - self.starts[0]) * (1e9 / self.rate_hz)
        return np.asarray(self.pts_ns - self.pts_ns[0] - passed, np.float64)

    def steady_ns(self) -> npt.NDArray[np.float64]:
        """The frames' times without the rounding of the container's clock, which shifts no sound."""
        errors = self.errors_ns()
        breaks = np.flatnonzero(np.abs(np.diff(errors)) > BREAK_NS) + 1
        smooth = np.empty_like(errors)
        for first, last in zip([0, *breaks], [*breaks, len(errors)], strict=True):
            for frame in range(first, last):
                near = errors[max(first, frame - _JITTER_FRAMES) : min(last, frame + _JITTER_FRAMES + 1)]
                smooth[frame] = near.mean()
        return self.pts_ns - errors + smooth

    def time_ns(self, sample: float, steady: npt.NDArray[np.float64]) -> float:
        frame = max(0, int(np.searchsorted(self.starts, sample, side="right")) - 1)
        return float(steady[frame] + (sample - self.starts[frame]) * 1e9 / self.rate_hz)


@dataclass(eq=False)
class Media:
    """What a file holds. Sound and frames are None where it has no such track or they were not asked for."""

    path: Path
    codecs: dict[Kind, str]
    extradata: dict[Kind, bytes]
    packets: list[PacketSeen]
    frames: list[FrameSeen] | None = None
    sound: SoundSeen | None = None
    undecodable: dict[Kind, int] = field(default_factory=dict)

    def of(self, kind: Kind) -> list[PacketSeen]:
        return [packet for packet in self.packets if packet.kind == kind]


def read(path: Path, *, pictures: bool = True, sound: bool = True) -> Media:
    # A clock that is set back is to be seen as that, not as 33 bits of it running over.
    with av.open(str(path), options={"correct_ts_overflow": "0"}) as container:
        chosen: list[Any] = [*container.streams.video[:1], *container.streams.audio[:1]]
        media = Media(
            path,
            {stream.type: stream.codec_context.name for stream in chosen},
            {stream.type: bytes(stream.codec_context.extradata or b"") for stream in chosen},
            [],
        )
        media.frames = [] if pictures and container.streams.video else None
        heard: list[tuple[int, Samples, int]] = []
        for packet in _demuxed(container, chosen):
            kind: Kind = "video" if packet.stream.type == "video" else "audio"
            if packet.size and packet.pts is not None:
                media.packets.append(_seen(packet, kind))
            if (kind == "video" and not pictures) or (kind == "audio" and not sound):
                continue
            try:
                decoded: list[Any] = list(packet.decode())
            except av.FFmpegError:
                media.undecodable[kind] = media.undecodable.get(kind, 0) + 1
                continue
            for frame in decoded:
                if frame.pts is None:
                    continue
                pts_ns = _ns(frame.pts, frame.time_base)
                if kind == "audio":
                    heard.append((pts_ns, _samples(frame), frame.sample_rate))
                elif media.frames is not None:
                    media.frames.append(_frame(frame, pts_ns))
    media.sound = _sound(heard) if heard else None
    return media


def _demuxed(container: Any, chosen: list[Any]) -> Iterator[Any]:
    """PyAV falls over, after the last packet, when a stream that it did not know at first has appeared."""
    with suppress(IndexError):
        yield from container.demux(*chosen)


def _seen(packet: Any, kind: Kind) -> PacketSeen:
    return PacketSeen(
        kind,
        bytes(packet),
        _ns(packet.pts, packet.time_base),
        None if packet.dts is None else _ns(packet.dts, packet.time_base),
        packet.pos or 0,
        packet.is_keyframe,
    )


def _ns(ticks: int, base: Fraction) -> int:
    return round(ticks * base * 1_000_000_000)


def _frame(frame: Any, pts_ns: int) -> FrameSeen:
    plane = frame.planes[0]
    luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    above = strip.top(frame.height, frame.width)
    return FrameSeen(pts_ns, float(luma[:above:4, ::4].mean()), strip.read(luma), (frame.width, frame.height))


def _samples(frame: Any) -> Samples:
    array = frame.to_ndarray()
    array = array.T if frame.format.is_planar else array.reshape(-1, len(frame.layout.channels))
    if array.dtype.kind == "f":
        return np.asarray(array, np.float32)
    return np.asarray(array / -float(np.iinfo(array.dtype).min), np.float32)


def _sound(heard: list[tuple[int, Samples, int]]) -> SoundSeen:
    """A change of rate or channels inside a recording is refused: an output has none."""
    rates = {(rate, block.shape[1]) for _, block, rate in heard}
    if len(rates) > 1:
        raise ValueError(f"the sound changes its format: {sorted(rates)}")
    lengths = [len(block) for _, block, _ in heard]
    return SoundSeen(
        np.concatenate([block for _, block, _ in heard]),
        heard[0][2],
        np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64),
        np.array([pts for pts, _, _ in heard], np.int64),
    )
