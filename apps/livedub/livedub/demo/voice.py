"""The newsreader, flite's voice `rms`, at the programme's rate and level, and the room beneath."""

import subprocess
import tempfile
import wave
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from livedub.demo.programs import Missing, found

Mono = npt.NDArray[np.float32]

RATE_HZ = 48_000
VOICE = "rms"
SPEECH_DBFS = -21.0
"""RMS of a sentence."""
BED_DBFS = -54.0
"""RMS of the ambience: over 30 dB below."""
BED_S = 17.0
SPEAKING_S = 30.0
_SILENT = 0.004
"""Of the peak: what flite leaves before and after a sentence is less."""


def say(text: str) -> Mono:
    """Without the silence around it. Raises `Missing`."""
    with tempfile.TemporaryDirectory(prefix="livedub-") as folder:
        words, sound = Path(folder, "words.txt"), Path(folder, "sound.wav")
        # By file: a text may begin with a dash.
        words.write_text(text)
        command = [found("flite"), "-voice", VOICE, "-f", str(words), "-o", str(sound)]
        subprocess.run(command, check=True, timeout=SPEAKING_S, capture_output=True, stdin=subprocess.DEVNULL)
        with wave.open(str(sound)) as file:
            rate_hz, data = file.getframerate(), file.readframes(file.getnframes())
    samples = np.frombuffer(data, np.int16).astype(np.float32) / np.float32(32768)
    loud = np.flatnonzero(np.abs(samples) > _SILENT * np.abs(samples).max(initial=0))
    if len(loud) == 0:
        raise Missing(f"flite says nothing with its voice {VOICE}", "apt-get install flite")
    return at_level(resampled(samples[loud[0] : loud[-1] + 1], rate_hz), SPEECH_DBFS)


def resampled(samples: Mono, rate_hz: int) -> Mono:
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="mono"
    )
    frame.sample_rate = rate_hz
    resampler = av.AudioResampler("flt", "mono", RATE_HZ)
    parts = [out.to_ndarray().reshape(-1) for out in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts).astype(np.float32)


def at_level(samples: Mono, dbfs: float) -> Mono:
    """Scaled to this RMS."""
    rms = float(np.sqrt(np.mean(np.square(samples)))) or 1.0
    return np.asarray(samples * np.float32(10 ** (dbfs / 20) / rms), np.float32)


def bed(seconds: float = BED_S) -> npt.NDArray[np.float32]:
    """(samples, 2): the hush of a large room. Begins as it ends, so that it can be repeated."""
    count = round(seconds * RATE_HZ)
    bins = np.fft.rfftfreq(count, 1 / RATE_HZ)
    # Falls towards the treble, as the noise of air does, and has no rumble.
    shape = np.clip(bins / 60, 0, 1) / np.maximum(bins, 60) ** 0.7 * np.clip((9000 - bins) / 3000, 0, 1)
    sides = []
    for seed in (3, 4):
        noise = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
        sides.append(at_level(np.fft.irfft(noise * shape, count).astype(np.float32), BED_DBFS))
    return np.stack(sides, axis=1)
