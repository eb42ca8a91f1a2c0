"""Which of the two is heard where in a section: the original, or its dub, the same with its sign changed.

The picture tells what is to be heard: it is copied, each frame bears its number, and the sound is in sync.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from live.feed import Event
from media_service.testmedia.media import FrameSeen, Media

Mono = npt.NDArray[np.float32]

RATE_HZ = 48_000
BLOCK = 960
"""20 ms"""
WINDOW = RATE_HZ // 2
NEAR = RATE_HZ // 50
SURE = 0.6
"""Of the correlation: below it a block says nothing, as in a pause of the voice after two encodings."""
FRESH_NS = 300_000_000
"""A picture that is older says nothing of the sound."""
EDGE_NS = 60_000_000
"""So near to the end of a slot a block holds a crossfade, or some of both slots."""
SWITCHING_NS = 350_000_000
"""So near to the operator's switch either may be heard: 200 ms of it, and what the recorder's clock adds."""
STEP_NS = 5_000_000
SEARCHED_NS = 1_500_000_000
A_BLOCK_LESS_NS = 50_000_000
"""So much farther from where it is thought to be costs a block. Else a place that leaves out a short slot may
win, because it happens to compare a few blocks more.
"""
NEIGHBOURS = 3


@dataclass(frozen=True, eq=False)
class Heard:
    """By block: the time stamp of its middle, and +1 original, -1 dub, 0 not to be told."""

    pts_ns: npt.NDArray[np.int64]
    signs: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Agreement:
    blocks: int = 0
    """compared"""
    wrong: int = 0
    """that are not what the slot's outcome says"""


class Ear:
    """Knows one source, whose frames and samples begin together but for `late`."""

    def __init__(self, source: Media, fps: float) -> None:
        if source.sound is None or not source.frames or source.sound.rate_hz != RATE_HZ:
            raise ValueError("a source with pictures, and with sound at 48 kHz, is needed")
        self._mono = source.sound.mono
        self._fps = fps
        marked = [frame for frame in source.frames if frame.mark is not None]
        zero_ns = np.median([frame.pts_ns - _number(frame) * 1e9 / fps for frame in marked])
        self._late_s = (source.sound.pts_ns[0] - float(zero_ns)) / 1e9
        """From the programme's instant 0 to the first sample."""

    def listen(self, section: Media) -> Heard:
        sound = section.sound
        frames = sorted((f for f in section.frames or [] if f.mark is not None), key=lambda f: f.pts_ns)
        if sound is None or not frames or sound.rate_hz != RATE_HZ:
            return Heard(np.zeros(0, np.int64), np.zeros(0, np.int8))
        stamps = np.array([frame.pts_ns for frame in frames])
        numbers = np.array([_number(frame) for frame in frames])
        steady = sound.steady_ns()
        starts = range(0, len(sound.mono) - WINDOW + 1, WINDOW)
        times = [int(sound.time_ns(start, steady)) for start in starts]
        rough: list[int | None] = []
        for time_ns in times:
            shown = int(np.searchsorted(stamps, time_ns, side="right")) - 1
            if shown < 0 or time_ns - stamps[shown] > FRESH_NS:
                rough.append(None)
                continue
            seconds = numbers[shown] / self._fps + (time_ns - stamps[shown]) / 1e9 - self._late_s
            rough.append(round(seconds * RATE_HZ))
        return self._compared(sound.mono, starts, times, rough)

    def _compared(self, mono: Mono, starts: range, times: list[int], rough: Sequence[int | None]) -> Heard:
        fine = [
            None if guess is None else self._finely(mono[start : start + WINDOW], guess)
            for start, guess in zip(starts, rough, strict=True)
        ]
        pts_ns, signs = [], []
        for n, (start, time_ns, guess) in enumerate(zip(starts, times, rough, strict=True)):
            near = [one for one in fine[max(0, n - NEIGHBOURS) : n + NEIGHBOURS + 1] if one is not None]
            if guess is None or not near:
                continue
            like = self._alike(mono[start : start + WINDOW], guess, {int(np.median(near)), *near})
            if like is None:
                continue
            signs.append(np.where(np.abs(like) > SURE, np.sign(like), 0).astype(np.int8))
            middles = BLOCK // 2 + BLOCK * np.arange(len(like))
            pts_ns.append(time_ns + middles * 1_000_000_000 // RATE_HZ)
        if not signs:
            return Heard(np.zeros(0, np.int64), np.zeros(0, np.int8))
        return Heard(np.concatenate(pts_ns).astype(np.int64), np.concatenate(signs))

    def _alike(self, part: Mono, guess: int, later: set[int]) -> Mono | None:
        """By block, with the neighbour's lateness that fits best: where an epoch begins they differ."""
        best: Mono | None = None
        for each in sorted(later):
            first = guess + each
            if first < 0 or first + WINDOW > len(self._mono):
                continue
            mine = part.reshape(-1, BLOCK)
            its = self._mono[first : first + WINDOW].reshape(-1, BLOCK)
            norm = np.sqrt((mine**2).sum(axis=1) * (its**2).sum(axis=1)) + 1e-12
            like: Mono = (mine * its).sum(axis=1) / norm
            if best is None or np.abs(like).sum() > np.abs(best).sum():
                best = like
        return best

    def _finely(self, part: Mono, guess: int) -> int | None:
        """How many samples later than guessed it is, whichever sign it has."""
        within = self._mono[max(0, guess - NEAR) : guess + WINDOW + NEAR]
        if guess < NEAR or len(within) < WINDOW + 2 * NEAR:
            return None
        size = 1 << (len(within) + len(part)).bit_length()
        product = np.fft.irfft(np.fft.rfft(within, size) * np.conj(np.fft.rfft(part, size)), size)
        return int(np.abs(product[: 2 * NEAR]).argmax()) - NEAR


def agreement(
    heard: Heard, slots: Sequence[Event], about_ns: int, original_ns: tuple[int, int] | None = None
) -> Agreement:
    """Of what was heard with what the worker said, where it says best: time stamp = media time + a constant,
    which is about this. `original_ns`: time stamps between which the operator wanted the original.
    """
    told = heard.signs != 0
    if not slots or not told.any():
        return Agreement()
    ordered = sorted(slots, key=lambda slot: int(slot["start_ns"]))
    begins = np.array([int(slot["start_ns"]) for slot in ordered])
    ends = begins + np.array([int(slot["duration_ns"]) for slot in ordered])
    edges = np.unique(np.concatenate([begins, ends]))
    meant = np.array([1 if slot["outcome"] == "fallback" else -1 for slot in ordered], np.int8)
    pts_ns, signs = heard.pts_ns[told], heard.signs[told]
    best, most = Agreement(0, len(signs)), (-2 * len(signs), -len(signs))
    for apart_ns in range(about_ns - SEARCHED_NS, about_ns + SEARCHED_NS, STEP_NS):
        media_ns = pts_ns - apart_ns
        place = np.clip(np.searchsorted(begins, media_ns, side="right") - 1, 0, None)
        after = np.searchsorted(edges, media_ns)
        near = np.minimum(
            np.abs(media_ns - edges[np.clip(after, 0, len(edges) - 1)]),
            np.abs(media_ns - edges[np.clip(after - 1, 0, len(edges) - 1)]),
        )
        inside = (media_ns >= begins[0]) & (media_ns < ends[place]) & (near > EDGE_NS)
        wanted = meant[place]
        if original_ns is not None:
            begin_ns, end_ns = original_ns
            wanted = np.where((pts_ns > begin_ns) & (pts_ns < end_ns), 1, wanted)
            switching = np.minimum(np.abs(pts_ns - begin_ns), np.abs(pts_ns - end_ns)) < SWITCHING_NS
            inside &= ~switching
        wrong = int((wanted[inside] != signs[inside]).sum())
        count = int(inside.sum())
        score = count - 2 * wrong - abs(apart_ns - about_ns) // A_BLOCK_LESS_NS, -wrong
        if score > most:
            best, most = Agreement(count, wrong), score
    return best


def _number(frame: FrameSeen) -> int:
    return frame.mark.number if frame.mark is not None else 0
