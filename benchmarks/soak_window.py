"""What is to be heard at a stream's output for some seconds, and how far behind its source it is."""

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from media_service.testmedia import copied, schedule
from media_service.testmedia.analysis import in_sync
from media_service.testmedia.arrivals import arrived, longest_pause_ms
from media_service.testmedia.media import Media, read
from media_service.testmedia.recorder import Recorder

from benchmarks.worker_stage import Looped

_SETTLE_S = 1.5
"""What the server had kept for whoever comes next comes at once; its times tell nothing."""


@dataclass(frozen=True, slots=True)
class Window:
    delay_ms: float | None
    av_offset_ms: float | None
    longest_pause_ms: float | None


NOTHING = Window(None, None, None)
"""Where nothing could be measured."""


class Ear:
    """Listens again and again. The delay must be shorter than a turn of the source."""

    def __init__(self, source: Looped, url: str, folder: Path, *, beeps: bool) -> None:
        """Without `beeps` no A/V offset is measured."""
        self._source, self._url, self._file = source, url, folder / "window"
        media = read(source.file, pictures=beeps, sound=beeps)
        self._meant_ms = _offset_ms(media) if beeps else None
        codec = media.codecs["video"]
        length = copied.length_size(codec, media.extradata["video"])
        self._due_ns = {
            copied.digest(item.packet.data, codec, length): item.at_ns
            for item in schedule.times(media.packets, source.file.stat().st_size)
            if item.packet.kind == "video"
        }

    def listen(self, seconds: float) -> Window:
        """Raises `ValueError` where what came cannot be measured, `TimeoutError` where nothing did."""
        recorder = Recorder(self._url, self._file)
        # Else the last window's bytes would be taken for this one's.
        recorder.file.unlink(missing_ok=True)
        with recorder:
            recorder.wait_for_bytes(20_000, 15)
            time.sleep(_SETTLE_S)
            from_ns = time.monotonic_ns()
            time.sleep(seconds)
        beeps = self._meant_ms is not None
        media = read(recorder.file, pictures=beeps, sound=beeps)
        codec, extradata = media.codecs["video"], media.extradata["video"]
        length = copied.length_size(codec, extradata)
        turn_ns = self._source.length_ms * 1_000_000
        delays = []
        for item in arrived(media, "video"):
            due_ns = self._due_ns.get(copied.digest(item.packet.data, codec, length))
            if due_ns is not None and item.at_ns >= from_ns:
                delays.append((item.at_ns - self._source.started_ns - due_ns) % turn_ns / 1e6)
        if not delays:
            raise ValueError("no picture of the source in the output")
        offset_ms = None if self._meant_ms is None else _offset_ms(media) - self._meant_ms
        return Window(median(delays), offset_ms, longest_pause_ms(media, from_ns=from_ns))


def _offset_ms(media: Media) -> float:
    found = in_sync(media)
    if found is None:
        raise ValueError("no flash with a beep")
    return found.median_ms
