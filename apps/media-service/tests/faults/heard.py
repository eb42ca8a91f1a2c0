"""Which of the two is heard where: the source's own sound, or a dub, the same with its sign changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from fragment_audio import m4a
from media_service.audio.lane import to_lane
from media_service.testmedia.media import SoundSeen, read

Mono = npt.NDArray[np.float32]

RATE_HZ = 48_000
BIT_RATE = 320_000
UNDER_WAY = 4096
BLOCK = 960
"""20 ms"""
SURE = 0.6
"""Of the correlation: below it a block says nothing, as in a pause of the voice after two encodings."""
WINDOW = RATE_HZ
NEAR = RATE_HZ // 20
THIN = 6
EDGE_NS = 40_000_000
"""Near the end of a slot a block holds a crossfade, or some of both slots."""
STEP_NS = 5_000_000
LATEST_NS, SEARCHED_NS = 3_000_000_000, 500_000_000
"""A recording begins with the worker's first media, or up to this much later."""


def inverted(fragment: bytes) -> bytes:
    """The dub of an M4A fragment; at a rate at which the encoder adds next to nothing of its own, once it is
    under way: a beep in its first frame it turns into a click.
    """
    samples, rate_hz = m4a.decode(fragment)
    dub = -to_lane(samples, rate_hz)
    return m4a.encode(dub, rate_hz=RATE_HZ, bit_rate=BIT_RATE, preroll=np.zeros_like(dub[:UNDER_WAY]))


@dataclass(frozen=True, eq=False)
class Heard:
    """By block of a recording: when it is in the source's time, and +1 original, -1 dub, 0 not to be told."""

    at_ns: npt.NDArray[np.int64]
    """of its middle"""
    signs: npt.NDArray[np.int8]

    @property
    def told(self) -> float:
        """Share of the blocks that say something."""
        return float(np.mean(self.signs != 0))


@dataclass(frozen=True)
class Agreement:
    blocks: int
    """compared"""
    wrong: int
    """that are not what the slot's outcome says"""
    begun_ns: int
    """of the source's time, where the worker's media time began"""


def source_sound(file: Path) -> Mono:
    sound = read(file, pictures=False).sound
    if sound is None or sound.rate_hz != RATE_HZ:
        raise ValueError("the source must have sound at 48 kHz")
    return sound.mono


def compare(recording: SoundSeen, source: Mono) -> Heard:
    mono = recording.mono
    at_ns: list[npt.NDArray[np.int64]] = []
    signs: list[npt.NDArray[np.int8]] = []
    for start, ahead in zip(range(0, len(mono) - WINDOW + 1, WINDOW), _ahead(mono, source), strict=True):
        first = start + ahead
        if first < 0 or first + WINDOW > len(source):
            continue
        mine = mono[start : start + WINDOW].reshape(-1, BLOCK)
        its = source[first : first + WINDOW].reshape(-1, BLOCK)
        norm = np.sqrt((mine**2).sum(axis=1) * (its**2).sum(axis=1)) + 1e-12
        like = (mine * its).sum(axis=1) / norm
        signs.append(np.where(np.abs(like) > SURE, np.sign(like), 0).astype(np.int8))
        middles = first + BLOCK // 2 + BLOCK * np.arange(len(like))
        at_ns.append((middles * 1_000_000_000 // RATE_HZ).astype(np.int64))
    return Heard(np.concatenate(at_ns), np.concatenate(signs))


def agreement(heard: Heard, slots: Sequence[dict[str, Any]]) -> Agreement:
    """Of what was heard with what the worker said of its slots, where it says best. One constant lies between
    the two times: when in the source the worker came to it.
    """
    edges = np.array(
        [slot["start_ns"] for slot in slots] + [slots[-1]["start_ns"] + slots[-1]["duration_ns"]]
    )
    meant = np.array([1 if slot["outcome"] == "fallback" else -1 for slot in slots], np.int8)
    told = heard.signs != 0
    at_ns, signs = heard.at_ns[told], heard.signs[told]
    best = Agreement(0, len(signs), 0)
    first_ns = int(at_ns[0])
    for begun_ns in range(first_ns - LATEST_NS, first_ns + SEARCHED_NS, STEP_NS):
        place = np.searchsorted(edges, at_ns - begun_ns, side="right") - 1
        near = np.abs((at_ns - begun_ns)[:, None] - edges[None, :]).min(axis=1) < EDGE_NS
        inside = (place >= 0) & (place < len(meant)) & ~near
        wrong = int((meant[place[inside]] != signs[inside]).sum())
        count = int(inside.sum())
        if (count - wrong, -wrong) > (best.blocks - best.wrong, -best.wrong):
            best = Agreement(count, wrong, begun_ns)
    return best


def _ahead(mono: Mono, source: Mono) -> list[int]:
    """By window: how many samples more the source has had than the recording. A window in which the sign
    changes may mislead; its neighbours know better.
    """
    starts = range(0, len(mono) - WINDOW + 1, WINDOW)
    few = list(starts)[:: max(1, len(starts) // 5)]
    # Roughly in all of it, and then exactly near there.
    rough = _thinned(source)
    found = [_place(_thinned(mono[start : start + WINDOW]), rough) * THIN - start for start in few]
    whole = int(np.median(found))
    near = []
    for start in starts:
        first = max(0, start + whole - NEAR)
        within = source[first : start + whole + WINDOW + NEAR]
        enough = len(within) > WINDOW
        near.append(first - start + _place(mono[start : start + WINDOW], within) if enough else whole)
    return [int(np.median(near[max(0, n - 4) : n + 5])) for n in range(len(near))]


def _thinned(sound: Mono) -> Mono:
    thin: Mono = sound[: len(sound) // THIN * THIN].reshape(-1, THIN).mean(axis=1)
    return thin


def _place(part: Mono, within: Mono) -> int:
    """Where in the other this is, whichever sign it has."""
    size = 1 << (len(within) + len(part)).bit_length()
    product = np.fft.irfft(np.fft.rfft(within, size) * np.conj(np.fft.rfft(part, size)), size)
    return int(np.abs(product[: max(1, len(within) - len(part))]).argmax())
