"""Voices whose length, pitch and loudness are known."""

import numpy as np
from sts_service.audio.clip import Mono

PITCH_HZ = 150.0
MS = 48
"""Samples at 48 kHz."""


def voice(seconds: float, rate_hz: int = 24_000, *, level: float = 0.2, silence_s: float = 0.25) -> Mono:
    """A buzz that comes and goes five times a second as syllables do, between silences."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    buzz = sum(np.sin(2 * np.pi * PITCH_HZ * n * time_s) / n for n in range(1, 20))
    syllables = 0.35 + 0.65 * np.sin(2 * np.pi * 2.5 * time_s) ** 2
    silence = np.zeros(round(silence_s * rate_hz))
    return np.concatenate([silence, level * buzz * syllables, silence]).astype(np.float32)


def uneven_voice(seconds: float, rate_hz: int) -> Mono:
    """Sharp pulses, each tenth of a second of another level: peaks 22 dB over its loudness."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    pulses = sum(np.cos(2 * np.pi * PITCH_HZ * n * time_s) for n in range(1, 12))
    levels = np.exp(0.7 * np.random.default_rng(2).standard_normal(round(10 * seconds) + 1))
    slow = np.interp(time_s, np.arange(len(levels)) / 10, levels)
    return (0.01 * pulses * slow).astype(np.float32)


def pitch_hz(sound: Mono, rate_hz: int) -> float:
    """By the place of its spectrum's lines, to a thousandth; of two seconds in its middle."""
    spare = max(0, len(sound) - 2 * rate_hz) // 2
    sound = sound[spare : len(sound) - spare]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * len(sound)))
    around = np.fft.rfftfreq(8 * len(sound), 1 / rate_hz)
    lines = []
    for harmonic in range(1, 6):
        near = np.abs(around - harmonic * PITCH_HZ) < 0.3 * PITCH_HZ
        lines.append(around[near][np.argmax(spectrum[near])] / harmonic)
    return float(np.median(lines))


def heard_span(sound: Mono) -> tuple[int, int]:
    """First and last sample that is not silence."""
    heard = np.flatnonzero(np.abs(sound) > 1e-3)
    return int(heard[0]), int(heard[-1])
