"""Everything that can be said of one recording, in one report."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from media_service.testmedia import beeps, copied, sound_faults, sync
from media_service.testmedia.access import Kind
from media_service.testmedia.media import Media, read
from media_service.testmedia.sound_faults import Break, Click, Loudness, Span


@dataclass(frozen=True)
class Report:
    """Parts are None where the recording has not the track they are about."""

    codecs: dict[Kind, str]
    packets: dict[Kind, int]
    backwards: dict[Kind, int]
    """Packets whose DTS is not after the one before."""
    undecodable: dict[Kind, int]
    sync: sync.Sync | None
    breaks: list[Break]
    drift_ms: float | None
    """0 when sample count = time"""
    silences: list[Span]
    clicks: list[Click]
    loudness: Loudness | None
    copied: copied.Copied | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def analyse(
    recording: Path | Media, against: Path | Media | None = None, *, silence_ms: float = 100
) -> Report:
    """`against`: the source whose video the recording should hold."""
    media = recording if isinstance(recording, Media) else read(recording)
    heard = media.sound
    return Report(
        codecs=media.codecs,
        packets={kind: len(media.of(kind)) for kind in media.codecs},
        backwards={kind: sound_faults.backwards(media.of(kind)) for kind in media.codecs},
        undecodable=media.undecodable,
        sync=in_sync(media),
        breaks=sound_faults.breaks(heard) if heard else [],
        drift_ms=sound_faults.drift_ms(heard) if heard else None,
        silences=sound_faults.silences(heard, least_ms=silence_ms) if heard else [],
        clicks=sound_faults.clicks(heard) if heard and heard.rate_hz >= 32_000 else [],
        loudness=sound_faults.loudness(heard) if heard else None,
        copied=video_copied(media, against) if against is not None else None,
    )


def in_sync(media: Media) -> sync.Sync | None:
    if not media.frames or media.sound is None:
        return None
    return sync.measure(sync.flashes(media.frames), beeps.beeps(media.sound))


def video_copied(media: Media, source: Path | Media) -> copied.Copied:
    whole = source if isinstance(source, Media) else read(source, pictures=False, sound=False)
    return copied.compare(copied.digests(whole), copied.digests(media))


def offset_ms(recording: Path) -> float:
    """The median A/V offset; NaN without flashes and beeps."""
    found = in_sync(read(recording))
    return found.median_ms if found else float("nan")


def lines(report: Report) -> Sequence[str]:
    """For a person."""
    out = [f"{kind}: {codec}, {report.packets[kind]} packets" for kind, codec in report.codecs.items()]
    out += [f"{kind}: {n} DTS not after the one before" for kind, n in report.backwards.items() if n]
    out += [f"{kind}: {n} packets cannot be decoded" for kind, n in report.undecodable.items()]
    if report.sync:
        s = report.sync
        out.append(
            f"A/V offset: median {s.median_ms:+.2f} ms, {s.min_ms:+.2f} to {s.max_ms:+.2f}, "
            f"slope {s.slope_ms_per_minute:+.3f} +- {s.slope_error_ms_per_minute:.3f} ms a minute, "
            f"{len(s.offsets)} flashes, {s.unpaired_flashes} without a beep"
        )
    if report.loudness:
        loud = report.loudness
        out.append(f"loudness: {loud.integrated_lufs:.1f} LUFS, true peak {loud.true_peak_dbtp:.1f} dBTP")
    if report.drift_ms is not None:
        out.append(f"time stamps ahead of the sample count: {report.drift_ms:+.2f} ms")
    out += [f"break at {b.at_ns / 1e9:.3f} s: {b.length_ms:+.1f} ms" for b in report.breaks]
    out += [f"silence at {s.start_ns / 1e9:.3f} s: {s.length_ms:.0f} ms" for s in report.silences]
    out += [f"click at {c.at_ns / 1e9:.3f} s: {c.level_dbfs:.0f} dBFS" for c in report.clicks]
    if report.copied:
        c = report.copied
        out.append(
            f"video copy: {c.matched} units ({c.first} to {c.last}), {len(c.lost)} lost, "
            f"{len(c.doubled)} doubled, {c.reordered} out of order, {c.changed} changed"
        )
    return out
