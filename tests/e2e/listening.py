"""One recording of the talk, in the programme's own time: where it is the original, where a dub, and what
that is.
"""

from dataclasses import dataclass, replace

import numpy as np
from live.feed import Event
from live.measure import Shifts
from media_service.segment.voice import VoiceActivity
from media_service.testmedia.media import Media
from media_service.timeline.units import RATE_HZ as LANE_HZ
from speech import RATE_HZ
from sts_service.audio import resample

from e2e import times
from e2e.house import is_dubbed
from e2e.read import Read, Reading
from e2e.talk import Talk
from e2e.times import Mono

EDGE_S = 0.5
"""So near the operator's switch nothing is asked: it takes 200 ms, and a wall clock tells when."""
SLOT_EDGE_S = 0.05
"""A crossfade, and what an encoder smears."""
SURE = 0.5
NEAR = RATE_HZ // 500
"""Samples by which a recording may be beside the programme's time: 2 ms, of which most is rounding."""
UNIT = 1024

Span = tuple[float, float]
"""Start and end, in seconds of the programme."""


@dataclass(frozen=True, eq=False)
class Listening:
    name: str
    talk: Talk
    media: Media
    slots: list[Event]
    spoken: list[Event]
    """Those in which somebody speaks for a while."""
    sound: Mono
    source: Mono
    """16 kHz, from the programme's instant 0."""
    ahead_s: float
    """Of a time stamp of the recording, over the programme's time."""
    originals: list[Span]
    dubs: list[Span]
    """Of whole slots."""
    exit_code: int | None

    def part(self, start_s: float, end_s: float) -> Mono:
        return self.sound[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]

    def level_dbfs(self, start_s: float, end_s: float) -> float:
        return 10 * float(np.log10(np.mean(np.square(self.part(start_s, end_s))) + 1e-12))

    def source_db(self, start_s: float, end_s: float) -> float:
        """How loud the source's sound is in it, against itself."""
        source = self.source[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        alike = np.correlate(self.part(start_s, end_s), source[NEAR:-NEAR], "valid")
        share = float(np.abs(alike).max()) / (float(np.dot(source, source)) + 1e-9)
        return 20 * float(np.log10(share + 1e-6))

    def speaks(self, start_s: float, end_s: float) -> float:
        """In which share of the time somebody does."""
        part = resample(self.part(start_s, end_s), RATE_HZ, LANE_HZ)
        lane = np.stack([part, part], axis=1)
        voice = VoiceActivity()
        units = [unit for at in range(0, len(lane), UNIT) for unit in voice.hear(at, lane[at : at + UNIT])]
        units += voice.finish()
        return float(np.mean([unit.speech > SURE for unit in units]))

    def in_sync(self, found: Shifts) -> Shifts:
        """Of the flashes that have a beep where the original is heard, and of no others."""
        wanted = {beep for span in self.originals for beep in self.talk.beeps_within(*span)}
        at_s = {pts_ns: round(pts_ns / 1e9 - self.ahead_s) for pts_ns, _ in found.by_pts}
        paired = [(pts_ns, shift) for pts_ns, shift in found.by_pts if at_s[pts_ns] in wanted]
        return replace(found, by_pts=paired, unpaired=len(wanted) - len(paired))


def listening(read: Read, name: str) -> Listening:
    reading = read.readings[name]
    media = reading.channel.recording.media
    if media.sound is None or read.source.sound is None:
        raise ValueError("nothing is heard")
    ahead_s = times.programme_s(media)
    length_s = len(read.talk.voice) / RATE_HZ
    slots = reading.channel.slots
    zero_s = times.media_zero_s(read.talk, slots, reading.segments)
    forced = _forced(reading, zero_s)
    fallen = [_span(slot, zero_s) for slot in slots if not is_dubbed(slot)]
    dubs = [_span(slot, zero_s) for slot in slots if is_dubbed(slot) and slot["transcript"]]
    dubs = [span for span in dubs if span[1] < forced[0] - 2 * EDGE_S or span[0] > forced[1] + 2 * EDGE_S]
    return Listening(
        name=name,
        talk=read.talk,
        media=media,
        slots=slots,
        sound=times.heard(media.sound, ahead_s, length_s),
        source=times.heard(read.source.sound, times.programme_s(read.source), length_s),
        spoken=[slot for slot in slots if read.talk.speaks_within(*_span(slot, zero_s))],
        ahead_s=ahead_s,
        originals=_joined([forced, *fallen]),
        dubs=[(start_s + SLOT_EDGE_S, min(end_s, length_s) - SLOT_EDGE_S) for start_s, end_s in dubs],
        exit_code=reading.channel.exit_code,
    )


def _span(slot: Event, zero_s: float) -> Span:
    start_s = zero_s + slot["start_ns"] / 1e9
    return start_s, start_s + slot["duration_ns"] / 1e9


def _forced(reading: Reading, zero_s: float) -> Span:
    """What went out while the operator wanted the original: each slot tells when its first sound did."""
    offsets = [slot["start_ns"] / 1e9 - slot["at_unix_ms"] / 1000 for slot in reading.channel.slots]
    ahead_s = zero_s + float(np.median(offsets))
    switched = reading.switched
    return switched.original_ms / 1000 + ahead_s + EDGE_S, switched.dub_ms / 1000 + ahead_s - EDGE_S


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start_s, end_s in sorted(spans):
        if joined and start_s <= joined[-1][1] + SLOT_EDGE_S:
            joined[-1] = (joined[-1][0], max(end_s, joined[-1][1]))
        else:
            joined.append((start_s, end_s))
    return joined
