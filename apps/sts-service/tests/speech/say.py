"""English speech by flite, 16 kHz mono; the same words by the same voice are spoken once a session."""

import functools
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

VOICES = ("rms", "slt", "kal16", "awb")
"""Two men, a woman, and a Scot; the recogniser hears `rms` best and `awb` worst."""

RATE_HZ = 16_000
PEAK = 0.6
SPEAKING_TIMEOUT_S = 60

Samples = npt.NDArray[np.float32]


def say(text: str, voice: str = "rms") -> Samples:
    """float32, 16 kHz, not writeable, peak at 0.6. The test is skipped on a machine without flite."""
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed")
    return _said(text, voice)


def gap(seconds: float) -> Samples:
    """Silence."""
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def join(parts: Iterable[Samples]) -> Samples:
    return np.concatenate(list(parts))


@functools.lru_cache(maxsize=256)
def _said(text: str, voice: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        words, sound = Path(folder, "words.txt"), Path(folder, "sound.wav")
        words.write_text(text)
        # By file: a text may be longer than an argument, or begin with a dash.
        command = ["flite", "-voice", voice, "-f", str(words), "-o", str(sound)]
        subprocess.run(command, check=True, timeout=SPEAKING_TIMEOUT_S, capture_output=True)
        with wave.open(str(sound)) as file:
            rate_hz, data = file.getframerate(), file.readframes(file.getnframes())
    assert rate_hz == RATE_HZ, f"{voice} speaks at {rate_hz} Hz"
    samples = np.frombuffer(data, np.int16).astype(np.float32)
    loudest = float(np.abs(samples).max(initial=0))
    if loudest:
        samples *= PEAK / loudest
    samples.setflags(write=False)
    return samples
