"""Read English as a worker would send it: fragments of six seconds, 48 kHz, two channels, M4A."""

import base64
import functools
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
from fragment_audio import m4a
from fragment_audio.resample import resampled

from benchmarks.frames import DURATION_MS, FORMAT, Audio
from benchmarks.service import ServiceFailed

Mono = npt.NDArray[np.float32]

TEXTS = (
    "The government has announced a new plan to protect the environment this year.",
    "Scientists have discovered a new species of fish in the deep waters of the ocean.",
    "The two countries have signed an important agreement about trade and security.",
    "The hospital will open its doors to the public for the first time in January.",
    "The weather will be sunny tomorrow in the south with some rain in the mountains.",
    "The minister of health said that hospitals will receive more money next year.",
    "A new bridge over the river was opened this morning after five years of work.",
    "The police have arrested three men in connection with the fire in the old factory.",
)
LONGEST_S = 5.5
"""Of what is read: the rest of the fragment is the pause after it."""
HEARD_HZ = 16_000
RATE_HZ: int = FORMAT["sample_rate_hz"]
ROOM_DB = -50.0
"""Noise of the room beside the voice, another one on each side: no two channels are ever quite the same."""


@functools.cache
def read_out(text: str) -> Mono:
    """By flite, 16 kHz; six seconds, the last of them a pause."""
    if shutil.which("flite") is None:
        raise ServiceFailed("flite is missing: run make setup")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        file = Path(folder, "read.wav")
        command = ["flite", "-voice", "rms", "-t", text, "-o", str(file)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        with wave.open(str(file)) as sound:
            values = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    samples = np.zeros(DURATION_MS * HEARD_HZ // 1000, np.float32)
    voice = values[: round(LONGEST_S * HEARD_HZ)].astype(np.float32) * (0.4 / np.abs(values).max())
    samples[: len(voice)] = voice
    return samples


@functools.cache
def fragment(text: str) -> Audio:
    voice = resampled(read_out(text)[:, np.newaxis], HEARD_HZ, RATE_HZ)
    noise = np.random.default_rng(1).standard_normal((len(voice), FORMAT["channels"])) * 10 ** (ROOM_DB / 20)
    data = m4a.encode((0.5 * voice + noise).astype(np.float32), rate_hz=RATE_HZ)
    return Audio(base64.b64encode(data))
