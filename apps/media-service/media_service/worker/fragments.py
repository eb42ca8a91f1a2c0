"""A slot's sound as the speech service wants it: the source's own AAC where that can be, else encoded."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dubbing_protocol.model import SampleRate
from fragment_audio import m4a
from fragment_audio.format import FRAME_LENGTH, AudioFormat

from media_service.audio.silence import silent_frame
from media_service.sts.fragment import Fragment
from media_service.timeline.slots import Slot
from media_service.timeline.units import RATE_HZ, Sound, ns_of
from media_service.worker.anchors import Anchors, anchors_of
from media_service.worker.hearing import Frame


@dataclass(frozen=True)
class Carriage:
    """How fragments travel in one session."""

    rate_hz: SampleRate
    channels: int
    copies: AudioFormat | None
    """The source's own AAC, or None where it is encoded anew."""

    @classmethod
    def of(cls, source: AudioFormat) -> "Carriage":
        config = source.aac_config
        if source.copyable and config is not None:
            rate: SampleRate = config.rate_hz  # type: ignore[assignment]  # `copyable` says it is one of them
            return cls(rate, config.channels, source)
        return cls(48_000, 2, None)


@dataclass(frozen=True, eq=False)
class Cutting:
    """What a fragment is made of, taken on the loop; made in a thread."""

    slot: Slot
    carriage: Carriage
    frames: tuple[Frame, ...]
    preroll: Frame | None
    sound: Sound
    """The lane's sound; empty where the frames are copied."""
    deadline_ns: int | None
    source_pts_ns: int | None

    def fragment(self) -> Fragment:
        """Blocking: milliseconds for a copy, a tenth of a second for encoding."""
        if self.carriage.copies is not None:
            frames = without_holes(self.slot.start, self.slot.length, self.frames, self.carriage.copies)
            audio = m4a.copy(frames, self.carriage.copies, self.preroll.data if self.preroll else None)
            samples = len(frames) * FRAME_LENGTH
            anchors = self._anchors(self.carriage.copies)
        else:
            audio = m4a.encode(self.sound, rate_hz=RATE_HZ)
            samples = len(self.sound)
            anchors = ()
        return Fragment(
            slot=self.slot.number,
            fragment_id=str(uuid.uuid4()),
            audio=audio,
            samples=samples,
            duration_ms=max(1, round(samples * 1000 / self.carriage.rate_hz)),
            pts_ns=ns_of(self.slot.start),
            source_pts_ns=self.source_pts_ns,
            deadline_ns=self.deadline_ns,
            anchors=anchors,
        )

    def _anchors(self, source: AudioFormat) -> Anchors:
        width = FRAME_LENGTH * RATE_HZ / source.rate_hz
        numbers = numbers_in(self.slot.start, self.frames, width)
        starts = [(number, frame.start - self.slot.start) for number, frame in numbers]
        return anchors_of(starts, width, self.slot.length)


def without_holes(start: int, length: int, frames: Sequence[Frame], source: AudioFormat) -> list[bytes]:
    """A slot's frames, with silent ones where the source has lost some."""
    width = FRAME_LENGTH * RATE_HZ / source.rate_hz
    whole: list[bytes] = []
    for number, frame in numbers_in(start, frames, width):
        whole += [silent_frame(source)] * (number - len(whole))
        whole.append(frame.data)
    missing = round(length / width) - len(whole)
    return whole + [silent_frame(source)] * max(0, missing)


def numbers_in(start: int, frames: Iterable[Frame], width: float) -> Iterator[tuple[int, Frame]]:
    """Which one of its slot's packets each is, the lost ones counted."""
    number = 0
    for frame in frames:
        number = max(number, round((frame.start - start) / width))
        yield number, frame
        number += 1
