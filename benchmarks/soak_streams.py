"""A stream of a soak, listened to: its output by a recorder, its slots by the worker's log."""

import re
from pathlib import Path

from benchmarks.soak_house import Channel
from benchmarks.soak_samples import Heard
from benchmarks.soak_window import NOTHING, Ear

LISTEN_S = 8.0
_OUTCOME = re.compile(r'"message":\s*"slot (\w+)"')
_MARGIN = re.compile(r'"marginMs":\s*(-?[\d.]+)')


class Listened:
    def __init__(self, channel: Channel, folder: Path) -> None:
        self.name = channel.name
        self._channel = channel
        self._ear = Ear(channel.source, channel.out, folder, beeps=channel.beeps)
        self._slots = Slots(channel.log)

    def sample(self) -> tuple[Heard, list[str]]:
        """And what is wrong with it."""
        troubles = []
        window = NOTHING
        if not self._channel.source.running:
            troubles.append("its publisher has ended")
        try:
            window = self._ear.listen(LISTEN_S)
        except (OSError, RuntimeError, TimeoutError, ValueError, IndexError, KeyError) as problem:
            troubles.append(f"what was recorded cannot be measured: {problem!r}")
        dubbed, fallbacks, least_margin_ms = self._slots.passed()
        shown = self._channel.house.shown(self.name)
        if not dubbed:
            troubles.append(f"not dubbed ({shown['state']}, {shown['reason']})")
        heard = Heard(
            window.delay_ms,
            window.av_offset_ms,
            window.longest_pause_ms,
            least_margin_ms,
            dubbed,
            fallbacks,
            shown["av_sync_delta_ms"],
        )
        return heard, troubles


class Slots:
    """What a worker's log tells of its slots, bit by bit."""

    def __init__(self, log: Path) -> None:
        self._log, self._read = log, log.stat().st_size

    def passed(self) -> tuple[int, int, float | None]:
        """Since the last time: dubbed, fallen back, and the least margin of a dub."""
        with self._log.open("rb") as log:
            if self._log.stat().st_size < self._read:
                # Its older half was put aside, and it began anew.
                self._read = 0
            log.seek(self._read)
            told = log.read().decode(errors="replace")
            self._read = log.tell()
        outcomes = _OUTCOME.findall(told)
        margins = [float(found) for found in _MARGIN.findall(told)]
        fallbacks = outcomes.count("fallback")
        return len(outcomes) - fallbacks, fallbacks, min(margins, default=None)
