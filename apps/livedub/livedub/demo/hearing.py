"""What became of the programme on its way: a dubbed recording beside the original's.

Both hold the same frames, which bear their numbers, so the one's picture tells where an instant of the other
is. The original's sound is still there beneath the dub: how far it is from its picture is the sync, and what
is not the original's is the dub.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from media_service.segment.voice import VoiceActivity
from media_service.testmedia.media import Media
from media_service.timeline.units import RATE_HZ

from livedub.demo.checks import Dub

Mono = npt.NDArray[np.float32]

WINDOW_S = 0.05
LONGEST_LAG_S = 0.5
_BAND_HZ = (120.0, 4000.0)
"""Where speech is, and where two AAC encodings still agree."""
AUDIBLE_DBFS = -45.0
MOSTLY = 0.5
"""Of a window's energy: more than this that is not the original's makes it the dub's."""
_UNIT = 1024


def compare(original: Media, dubbed: Media) -> Dub | None:
    """None where they have no frame or no instant of sound in common."""
    numbers = dict(marks(original))
    apart = [pts - numbers[number] for number, pts in marks(dubbed) if number in numbers]
    if not apart or original.sound is None or dubbed.sound is None:
        return None
    behind_s = float(np.median(apart)) / 1e9
    first = max(_begin_s(original), _begin_s(dubbed) - behind_s)
    last = min(_end_s(original), _end_s(dubbed) - behind_s)
    if last - first < 2 * LONGEST_LAG_S:
        return None
    theirs = in_band(_stretch(original, first, last))
    ours = in_band(_stretch(dubbed, first + behind_s, last + behind_s))
    count = min(len(theirs), len(ours))
    late = lag(theirs[:count], ours[:count])
    shares, levels = strangeness(theirs[:count], np.roll(ours[:count], -late))
    heard = levels > AUDIBLE_DBFS
    dub = heard & (shares > MOSTLY)
    power = np.mean(10 ** (levels[dub] / 10)) if dub.any() else 0.0
    return Dub(
        frames=len(apart),
        sound_late_ms=late / RATE_HZ * 1000,
        heard_s=float(heard.sum()) * WINDOW_S,
        dub_s=float(dub.sum()) * WINDOW_S,
        dub_dbfs=float(10 * np.log10(power)) if power else -np.inf,
        voice_share=voiced(np.roll(_stretch(dubbed, first + behind_s, last + behind_s), -late), dub),
    )


def marks(media: Media) -> list[tuple[int, int]]:
    """(number, PTS in ns) of each frame whose code can be read."""
    return [(frame.mark.number, frame.pts_ns) for frame in media.frames or () if frame.mark is not None]


def lag(original: Mono, dubbed: Mono) -> int:
    """Samples by which the original is later in the dubbed sound, at most half a second."""
    size = 1 << (len(original) + len(dubbed) - 1).bit_length()
    whole = np.fft.irfft(np.fft.rfft(dubbed, size) * np.conj(np.fft.rfft(original, size)), size)
    most = round(LONGEST_LAG_S * RATE_HZ)
    around = np.concatenate([whole[-most:], whole[: most + 1]])
    return int(np.argmax(around)) - most


def strangeness(original: Mono, dubbed: Mono) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """By windows: the share of the dubbed sound's energy that the original does not explain, its level."""
    length = round(WINDOW_S * RATE_HZ)
    count = min(len(original), len(dubbed)) // length
    theirs = original[: count * length].reshape(count, length).astype(np.float64)
    ours = dubbed[: count * length].reshape(count, length).astype(np.float64)
    energy = (ours**2).sum(axis=1)
    common = (ours * theirs).sum(axis=1) ** 2 / np.maximum((theirs**2).sum(axis=1), 1e-12)
    shares = np.clip(1 - common / np.maximum(energy, 1e-12), 0, 1)
    return shares, 10 * np.log10(energy / length + 1e-12)


def voiced(sound: Mono, chosen: Sequence[bool] | npt.NDArray[np.bool_]) -> float:
    """The share of the chosen windows in which a voice is heard."""
    if not np.any(chosen):
        return 0.0
    activity = VoiceActivity()
    units = [sound[at : at + _UNIT] for at in range(0, len(sound) - _UNIT, _UNIT)]
    heard = []
    for number, unit in enumerate(units):
        heard += activity.hear(number * _UNIT, np.repeat(unit[:, None], 2, axis=1))
    heard += activity.finish()
    speaks = np.zeros(len(sound), bool)
    for known in heard:
        speaks[known.start : known.end] = known.speech > 0.5
    length = round(WINDOW_S * RATE_HZ)
    middles = np.flatnonzero(chosen) * length + length // 2
    return float(speaks[np.minimum(middles, len(sound) - 1)].mean())


def in_band(sound: Mono) -> Mono:
    spectrum = np.fft.rfft(sound)
    bins = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    spectrum[(bins < _BAND_HZ[0]) | (bins > _BAND_HZ[1])] = 0
    return np.fft.irfft(spectrum, len(sound)).astype(np.float32)


def _begin_s(media: Media) -> float:
    return float(media.sound.pts_ns[0]) / 1e9 if media.sound else 0.0


def _end_s(media: Media) -> float:
    return _begin_s(media) + (len(media.sound.samples) / media.sound.rate_hz if media.sound else 0.0)


def _stretch(media: Media, first_s: float, last_s: float) -> Mono:
    """From, to on the recording's own clock."""
    if media.sound is None or media.sound.rate_hz != RATE_HZ:
        raise ValueError(f"sound at {RATE_HZ} Hz is needed")
    begin = _begin_s(media)
    start, end = (round((at - begin) * RATE_HZ) for at in (first_s, last_s))
    return media.sound.mono[max(0, start) : end]
