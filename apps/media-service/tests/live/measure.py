"""What a recording says against the source it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from media_service.testmedia import sound_faults
from media_service.testmedia.analysis import in_sync, video_copied
from media_service.testmedia.copied import Copied
from media_service.testmedia.media import Media
from media_service.testmedia.sync import Offset, Sync

FIRST_NS = 200_000_000
"""Of a recording: the sound before the source's own first is silence."""
FARTHEST_MS = 500.0


@dataclass(frozen=True)
class Shifts:
    """By flash: the A/V offset of the output minus that of the input, in milliseconds."""

    by_pts: list[tuple[int, float]]
    unpaired: int
    """Flashes whose beep was not heard."""

    @property
    def values(self) -> list[float]:
        return [shift for _, shift in self.by_pts]

    @property
    def worst_ms(self) -> float:
        return max(map(abs, self.values))

    @property
    def median_ms(self) -> float:
        return median(self.values)

    def slope_ms_per_minute(self) -> tuple[float, float]:
        """By least squares, with its standard error."""
        minutes = np.array([pts for pts, _ in self.by_pts]) / 60e9
        centred = minutes - minutes.mean()
        late = np.array(self.values)
        slope = float(np.dot(centred, late) / np.dot(centred, centred))
        rest = late - late.mean() - slope * centred
        return slope, float(np.sqrt(np.dot(rest, rest) / max(1, len(late) - 2) / np.dot(centred, centred)))

    def __str__(self) -> str:
        return (
            f"{len(self.by_pts)} flashes, median {self.median_ms:+.2f} ms, "
            f"{min(self.values):+.2f} to {max(self.values):+.2f}, {self.unpaired} without a beep"
        )


def shifts(recording: Media, *sources: Media, from_ns: int = 0, to_ns: int | None = None) -> Shifts:
    """A flash is known by its number, so a source may run more than once through the recording."""
    meant = {
        offset.second: offset.late_ms
        for source in sources
        for offset in _sync(source).offsets
        # A jump of the source's clock may lie between flash and beep.
        if abs(offset.late_ms) < FARTHEST_MS
    }
    found = _sync(recording)
    known = [offset for offset in found.offsets if offset.second in meant and _within(offset, from_ns, to_ns)]
    # Where a number comes twice, a flash without a beep may have found the other one's.
    paired = [offset for offset in known if abs(offset.late_ms) < FARTHEST_MS]
    return Shifts(
        [(offset.pts_ns, offset.late_ms - meant[offset.second]) for offset in paired],
        found.unpaired_flashes + len(known) - len(paired),
    )


def seconds_seen(recording: Media) -> list[int]:
    """The numbers of the flashes that have their beep, in order."""
    return [offset.second for offset in _sync(recording).offsets if offset.second is not None]


def assert_in_sync(
    found: Shifts, *, least: int, unpaired: int = 0, worst_ms: float = 5.0, median_ms: float = 1.0
) -> None:
    """`unpaired`: flashes that may be without a beep."""
    assert len(found.by_pts) >= least, found
    assert found.unpaired <= unpaired, found
    assert found.worst_ms <= worst_ms, found
    assert abs(found.median_ms) <= median_ms, found


def assert_copied(recording: Media, source: Media, *, least: int) -> Copied:
    copied = video_copied(recording, source)
    assert copied.whole, copied
    assert copied.matched >= least, copied
    return copied


def assert_continuous(recording: Media, *, silent_ms: Sequence[float] = ()) -> None:
    """Sample count = time, no DTS goes back, and no silence but those wanted; the ends do not count."""
    heard = recording.sound
    assert heard is not None
    assert not sound_faults.breaks(heard), sound_faults.breaks(heard)
    assert abs(sound_faults.drift_ms(heard)) <= 1.0
    assert not any(sound_faults.backwards(recording.of(kind)) for kind in recording.codecs)
    assert not recording.undecodable, recording.undecodable
    first, last = int(heard.pts_ns[0]) + FIRST_NS, int(heard.pts_ns[-1]) - 1_000_000_000
    inside = [
        span.length_ms
        for span in sound_faults.silences(heard)
        if span.start_ns > first and span.end_ns < last
    ]
    assert len(inside) == len(silent_ms), inside
    for length, wanted in zip(inside, silent_ms, strict=True):
        assert abs(length - wanted) < 400, (inside, silent_ms)


def without_the_last(recording: Media) -> Media:
    """Where the recording was cut off, so was its last access unit."""
    last = recording.of("video")[-1]
    return replace(recording, packets=[packet for packet in recording.packets if packet is not last])


def _sync(media: Media) -> Sync:
    found = in_sync(media)
    if found is None:
        raise AssertionError(f"no flash has a beep in {media.path.name}")
    return found


def _within(offset: Offset, from_ns: int, to_ns: int | None) -> bool:
    return offset.pts_ns >= from_ns and (to_ns is None or offset.pts_ns <= to_ns)
