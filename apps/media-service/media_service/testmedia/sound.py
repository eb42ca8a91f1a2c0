"""Synthesises the sound: beeps, their number in tones, and a voice that says nothing in any language.

The voice leaves 600 to 1400 Hz alone, so that it never disturbs the measuring of a beep, and ends at 7 kHz,
so that a click is what has energy above.
"""

import numpy as np
import numpy.typing as npt

from media_service.testmedia.programme import (
    BEEP_EDGE_S,
    BEEP_HZ,
    BEEP_S,
    CODE_S,
    CODE_STARTS_S,
    Programme,
    code_hz,
)

Mono = npt.NDArray[np.float32]

_SYLLABLES = 24
_VOWELS_HZ = ((270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (300, 1600, 2200), (440, 2020, 2700))
_FREE_HZ = (600, 1400)
_CEILING_HZ = 7000


def mono(programme: Programme) -> Mono:
    rate = programme.rate_hz
    sound = np.zeros(round(programme.duration_s * rate), np.float32)
    if programme.speech_dbfs > -120:
        sound += voice(programme.duration_s, rate) * np.float32(10 ** (programme.speech_dbfs / 20))
    if programme.room_dbfs > -120:
        room = _noise(np.random.default_rng(5), 10 * rate, rate, (50, _CEILING_HZ))
        sound += np.resize(room, len(sound)) * np.float32(10 ** (programme.room_dbfs / 20))
    loud = 10 ** (programme.beep_dbfs / 20)
    late = programme.audio_late_ms / 1000
    for second, begins in programme.beeps():
        _add(sound, rate, begins + late, BEEP_S, ((BEEP_HZ, loud),))
        if programme.coded:
            tones = tuple((hz, loud / 3) for hz in code_hz(second))
            _add(sound, rate, begins + late + CODE_STARTS_S, CODE_S, tones)
    ramp = np.linspace(0, 1, min(rate // 50, len(sound) // 2), dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    return sound


def spread(sound: Mono, channels: int) -> Mono:
    """(samples, channels): the voice in the middle of a 5.1 sound, with less of it around."""
    gains = {1: (1.0,), 2: (1.0, 1.0), 6: (0.5, 0.5, 1.0, 0.0, 0.25, 0.25)}[channels]
    return np.outer(sound, np.array(gains, np.float32)).astype(np.float32)


def voice(duration_s: float, rate_hz: int) -> Mono:
    """RMS about 1 while it speaks: phrases of some seconds, pauses of half a second between them."""
    dice = np.random.default_rng(11)
    syllables = [_syllable(dice, rate_hz) for _ in range(_SYLLABLES)]
    out = np.zeros(round(duration_s * rate_hz), np.float32)
    position = round(0.2 * rate_hz)
    while position < len(out):
        for _ in range(int(dice.integers(9, 20))):
            syllable = syllables[int(dice.integers(_SYLLABLES))][: max(0, len(out) - position)]
            out[position : position + len(syllable)] += syllable
            position += len(syllable) + round(0.01 * rate_hz)
        position += round(float(dice.uniform(0.45, 0.8)) * rate_hz)
    return out


def _syllable(dice: np.random.Generator, rate_hz: int) -> Mono:
    count = round(float(dice.uniform(0.13, 0.26)) * rate_hz)
    time = np.arange(count) / rate_hz
    pitch = float(dice.uniform(95, 145))
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.08 * np.sin(2 * np.pi * 2.5 * time))) / rate_hz
    formants = _VOWELS_HZ[int(dice.integers(len(_VOWELS_HZ)))]
    vowel = np.zeros(count)
    for harmonic in range(1, int(4500 / pitch)):
        hz = harmonic * pitch
        if hz * 1.08 < _FREE_HZ[0] or hz * 0.92 > _FREE_HZ[1]:
            weight = sum(1 / (1 + ((hz - formant) / 120) ** 2) for formant in formants) + 0.02
            vowel += weight / harmonic**0.5 * np.sin(harmonic * phase + harmonic**2)
    hiss = _noise(dice, count, rate_hz, (3000, _CEILING_HZ)) * np.exp(-time / 0.03)
    vowel /= np.sqrt(np.mean(vowel**2)) + 1e-9
    envelope = np.sin(np.pi * np.clip(np.minimum(time, time[-1] - time) / 0.06, 0, 1) / 2) ** 2
    return np.asarray((vowel + 0.5 * hiss) * envelope, np.float32)


def _noise(dice: np.random.Generator, count: int, rate_hz: int, band_hz: tuple[float, float]) -> Mono:
    """RMS 1; begins as it ends, so that it can be repeated."""
    bins = np.fft.rfftfreq(count, 1 / rate_hz)
    spectrum = np.fft.rfft(dice.standard_normal(count))
    spectrum *= np.clip((bins - band_hz[0]) / 500, 0, 1) * np.clip((band_hz[1] - bins) / 1500, 0, 1)
    spectrum[(bins > _FREE_HZ[0]) & (bins < _FREE_HZ[1])] = 0
    noise = np.fft.irfft(spectrum, count)
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-9), np.float32)


def _add(sound: Mono, rate: int, begins: float, lasts: float, tones: tuple[tuple[int, float], ...]) -> None:
    """The start may lie between two samples: tone and edge are computed for each sample's own instant."""
    first, last = max(0, int(begins * rate)), min(len(sound), int((begins + lasts) * rate) + 2)
    time = np.arange(first, last) / rate - begins
    edge = np.clip(np.minimum(time, lasts - time) / BEEP_EDGE_S, 0, 1)
    envelope = (1 - np.cos(np.pi * edge)) / 2
    for hz, gain in tones:
        sound[first:last] += (envelope * gain * np.sin(2 * np.pi * hz * time)).astype(np.float32)
