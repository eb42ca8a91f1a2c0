"""The operator's switch: heard in the output at most 200 ms of media after the call."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from media_service.testmedia.arrivals import arrived
from media_service.testmedia.media import Media

from live.together import SWITCHES, Played

WINDOW_NS = 40_000_000
EAR = 96
"""Samples by which the search for the place may be off."""


@dataclass(frozen=True)
class Heard:
    at_ns: int
    """PTS of the recording."""
    what: str


def test_each_switch_is_heard_within_200_ms_of_media(played: Played) -> None:
    take, calls = played.switched, played.calls
    heard = list(_heard(take.recording, take.source))
    assert {item.what for item in heard} >= {"original", "dub", "mute"}
    sent = arrived(take.recording, "video")

    def on_air_ns(moment_ns: int) -> int:
        """The latest picture at the recorder."""
        return max(item.packet.pts_ns for item in sent if item.at_ns <= moment_ns)

    after = [on_air_ns(call.asked_ns) for call in calls[1:]]
    for call, until in zip(calls, [*after, on_air_ns(calls[-1].answered_ns) + 1_000_000_000], strict=True):
        since = on_air_ns(call.answered_ns) + 200_000_000
        own = [
            item for item in heard if since < item.at_ns - WINDOW_NS // 2 and item.at_ns < until - WINDOW_NS
        ]
        assert len(own) >= 3, (call, since, until)
        assert {item.what for item in own} == {call.mode}, (call, since, until, own)


def test_the_switch_is_told_to_those_who_listen(played: Played) -> None:
    told = [event["to"] for event in played.switched.worker.events("change", what="mode")]
    assert told == list(SWITCHES)


def _heard(recording: Media, source: Media) -> Iterator[Heard]:
    """Each stretch that is loud in the source; the dub is the source's sound with its sign changed."""
    out, original = recording.sound, source.sound
    assert out is not None
    assert original is not None
    origin = _same_sample(recording, source)
    mixed, mono = out.mono, original.mono
    width = WINDOW_NS * out.rate_hz // 1_000_000_000
    first = max(0, -origin)
    for start in range(first, min(len(out.samples), len(original.samples) - origin) - width, width):
        meant = mono[start + origin : start + origin + width]
        if np.sqrt((meant**2).mean()) < 0.01:
            continue
        weight = float(np.dot(mixed[start : start + width], meant) / np.dot(meant, meant))
        what = "other"
        for name, least, most in (("original", 0.5, 2.0), ("dub", -2.0, -0.5), ("mute", -0.05, 0.05)):
            what = name if least <= weight <= most else what
        yield Heard(int(out.pts_ns[0] + (start + width / 2) * 1e9 / out.rate_hz), what)


def _same_sample(recording: Media, source: Media) -> int:
    """The source's sample that the recording's first one is: by the pictures, then to the sample by ear."""
    out, original = recording.sound, source.sound
    assert out is not None
    assert original is not None
    places = {frame.mark.number: frame.pts_ns for frame in source.frames or [] if frame.mark}
    first = next(frame for frame in recording.frames or [] if frame.mark and frame.mark.number in places)
    assert first.mark is not None
    shift_ns = first.pts_ns - places[first.mark.number] + int(original.pts_ns[0]) - int(out.pts_ns[0])
    about = -round(shift_ns * out.rate_hz / 1e9)
    chunk = out.rate_hz // 4
    starts = range(
        max(0, -about) + chunk, min(len(out.samples), len(original.samples) - about) - chunk, chunk
    )

    mixed, mono = out.mono, original.mono

    def likeness(origin: int) -> float:
        return sum(
            abs(float(np.dot(mixed[at : at + chunk], mono[at + origin : at + origin + chunk])))
            for at in starts
        )

    return max(range(about - EAR, about + EAR), key=likeness)
