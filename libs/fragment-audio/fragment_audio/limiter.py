"""Keeps the true peak under a ceiling, and leaves alone what is under it.

The sound is cut into short blocks, counted from the first sample and not from the caller's pieces, so that
the result cannot depend on these. Each block has the highest gain that its own true peak allows. The gain at
the edge of two blocks is the lower of both, and straight lines join the edges: no sample is above its block's
gain, and the gain is already down when a peak begins.
"""

import numpy as np

from fragment_audio.samples import Samples
from fragment_audio.true_peak import LEFT, OVERSHOOT, RIGHT, true_peaks

BLOCK = 96
"""Samples: 2 ms at 48 kHz, the time the gain takes to come down."""

RELEASE_DB_PER_S = 40.0
MARGIN_DB = 0.15
"""dB under the ceiling: a gain on the move bends the curve between the samples a little."""

LOUDEST = 8.0
"""Full scale is 1. No programme goes beyond this; a broken decoder may, and the gain must soon be back."""

_RAMP = (np.arange(BLOCK, dtype=np.float32) / np.float32(BLOCK))[np.newaxis, :, np.newaxis]


class Limiter:
    lag = 2 * BLOCK + RIGHT - 1
    """Samples by which the result is behind what was given."""

    def __init__(self, ceiling_dbtp: float, *, rate_hz: int = 48_000, channels: int = 2) -> None:
        self._channels = channels
        self._release = 10 ** (RELEASE_DB_PER_S * BLOCK / rate_hz / 20)
        self._ceiling = 10 ** ((ceiling_dbtp - MARGIN_DB) / 20)
        self._harmless = self._ceiling / OVERSHOOT
        """Samples below this cannot have a true peak over the ceiling."""

        # Before the first sample: silence, one block of which counts as measured.
        self._held: Samples = np.zeros((LEFT + BLOCK, self._channels), np.float32)
        self._ready: Samples = np.zeros((self.lag - BLOCK, self._channels), np.float32)
        self._allowed = 1.0
        """Of the first block held."""

        self._gain = 1.0
        """At the start of the first block held."""

    def passes(self, sound: Samples) -> bool:
        """Whether a sound, taken alone, surely needs no limiting."""
        return bool(max(sound.max(), -sound.min()) < self._harmless)

    def process(self, sound: Samples) -> Samples:
        """As many samples as given, `lag` late; the first `lag` are silence."""
        self._ready = np.concatenate((self._ready, self._advance(sound)))
        result, self._ready = self._ready[: len(sound)], self._ready[len(sound) :]
        return result

    def flush(self) -> Samples:
        """The `lag` samples still inside."""
        return self.process(np.zeros((self.lag, self._channels), np.float32))

    def _advance(self, sound: Samples) -> Samples:
        held = np.concatenate((self._held, sound))
        blocks = (len(held) - LEFT - RIGHT) // BLOCK - 1
        if blocks < 1:
            self._held = held
            return held[:0]
        # The blocks to measure, one further on than those that go out, with what lies around them.
        measured = slice(BLOCK, LEFT + (blocks + 1) * BLOCK + RIGHT)
        peak = max(held[measured].max(), -held[measured].min())
        if not peak <= LOUDEST:
            held = np.clip(np.nan_to_num(held), -LOUDEST, LOUDEST)
        result, self._held = held[LEFT : LEFT + blocks * BLOCK], held[blocks * BLOCK :]
        if peak < self._harmless and self._gain == 1.0 == self._allowed:
            return result
        gains = self._gains(held[measured], blocks)
        if min(gains) == 1.0:
            return result
        edges = np.array(gains, np.float32)[:, np.newaxis, np.newaxis]
        curve = edges[:-1] + (edges[1:] - edges[:-1]) * _RAMP
        return (result.reshape(blocks, BLOCK, self._channels) * curve).reshape(-1, self._channels)

    def _gains(self, region: Samples, blocks: int) -> list[float]:
        """At each edge of the blocks that go out."""
        gains = [self._gain]
        for peak in true_peaks(region, blocks, BLOCK, self._harmless):
            allowed = self._ceiling / peak if peak > self._ceiling else 1.0
            gains.append(min(self._allowed, allowed, gains[-1] * self._release))
            self._allowed = allowed
        self._gain = gains[-1]
        return gains


def limited(sound: Samples, ceiling_dbtp: float, *, rate_hz: int = 48_000) -> Samples:
    """A whole piece, without lag. The sound itself where nothing has to change."""
    limiter = Limiter(ceiling_dbtp, rate_hz=rate_hz, channels=sound.shape[1])
    if len(sound) == 0 or limiter.passes(sound):
        return sound
    return np.concatenate((limiter.process(sound), limiter.flush()))[limiter.lag :]
