"""Something that a voice detector takes for speech: vowels of a gliding voice, a few each second."""

import numpy as np
import numpy.typing as npt

RATE_HZ = 48_000
_VOWELS_HZ = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))


def spoken(seconds: float, seed: int = 0) -> npt.NDArray[np.float32]:
    """48 kHz stereo, peak 0.2."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    vowels: list[npt.NDArray[np.float64]] = []
    while sum(map(len, vowels)) < count:
        vowels.append(_vowel(rng))
    voice = np.concatenate(vowels)[:count]
    voice *= 0.2 / np.abs(voice).max()
    return np.stack([voice, voice], axis=1).astype(np.float32)


def hiss(seconds: float, level: float = 1e-4) -> npt.NDArray[np.float32]:
    count = round(seconds * RATE_HZ)
    return (level * np.random.default_rng(9).standard_normal((count, 2))).astype(np.float32)


def _vowel(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    count = round(RATE_HZ * rng.uniform(0.12, 0.25))
    pitch_hz = rng.uniform(100, 150) * (1 + 0.15 * np.linspace(0.5, -0.5, count))
    turns = np.cumsum(pitch_hz) / RATE_HZ
    formants_hz = _VOWELS_HZ[rng.integers(len(_VOWELS_HZ))]
    sound = np.zeros(count)
    for harmonic in range(1, 40):
        at_hz = harmonic * pitch_hz
        near = zip(formants_hz, (60, 90, 120), (1.0, 0.6, 0.3), strict=True)
        gain = sum(strength / (1 + ((at_hz - peak) / width) ** 2) for peak, width, strength in near)
        sound += gain / harmonic**0.3 * np.sin(2 * np.pi * harmonic * turns)
    fade: npt.NDArray[np.float64] = np.sqrt(np.sin(np.pi * np.linspace(0, 1, count)))
    return sound * fade
