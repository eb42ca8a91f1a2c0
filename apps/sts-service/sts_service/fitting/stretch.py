"""Speech faster or slower at the same pitch: Rubber Band's command-line program, else python-stretch.

The program is its own process, as its licence (GPL) wants it, and as a hang wants it: it is killed in time.
"""

import functools
import logging
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np

from sts_service.audio.clip import Mono, exactly

PROGRAM = "rubberband"
LIBRARY = "python-stretch"
_TIMEOUT_S = 4.0
_TIMEOUT_PER_S = 0.5
"""Seconds for each second of speech; it takes a tenth of that on one slow core."""
_HEADROOM = 0.5
"""The program starts anew, and quieter, when its result would clip."""
_S16 = 32767.0

_log = logging.getLogger(__name__)


@functools.cache
def stretcher() -> str | None:
    """What stretches here; None where nothing does, and then every dub keeps its natural speed."""
    if _program() is not None:
        return PROGRAM
    try:
        import python_stretch  # noqa: F401
    except ImportError:
        return None
    return LIBRARY


def stretched(samples: Mono, rate_hz: int, length: int) -> Mono | None:
    """Exactly `length` samples, or None where it could not be done. Blocks, 20 ms for a second of speech."""
    way = stretcher()
    if way is None or len(samples) == 0 or length == 0:
        return None
    if way == LIBRARY:
        return _by_library(samples, rate_hz, length)
    try:
        return _by_program(samples, rate_hz, length)
    except (OSError, subprocess.SubprocessError, wave.Error, EOFError) as error:
        _log.warning("%s failed (%s): this dub keeps its natural speed", PROGRAM, type(error).__name__)
        return None


@functools.cache
def _program() -> str | None:
    """One that has the finer engine, which came with version 3."""
    path = shutil.which(PROGRAM)
    if path is None:
        return None
    try:
        run = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=5, check=True)
        version = (run.stdout + run.stderr).strip()
        return path if int(version.partition(".")[0]) >= 3 else None
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _by_program(samples: Mono, rate_hz: int, length: int) -> Mono:
    peak = float(np.abs(samples).max()) or 1.0
    with tempfile.TemporaryDirectory(prefix="stretch-") as name:
        natural, fitted = Path(name, "natural.wav"), Path(name, "fitted.wav")
        _write(natural, samples * np.float32(_HEADROOM / peak), rate_hz)
        time_out_s = _TIMEOUT_S + _TIMEOUT_PER_S * max(len(samples), length) / rate_hz
        options = ["-3", "-q", "--ignore-clipping", "--duration", f"{length / rate_hz:.9f}"]
        subprocess.run(
            [_program() or PROGRAM, *options, str(natural), str(fitted)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=time_out_s,
            check=True,
        )
        return exactly(_read(fitted) * np.float32(peak / _HEADROOM), length)


def _write(path: Path, samples: Mono, rate_hz: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.rint(samples * _S16).astype("<i2").tobytes())


def _read(path: Path) -> Mono:
    with wave.open(str(path), "rb") as file:
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return (values / _S16).astype(np.float32)


def _by_library(samples: Mono, rate_hz: int, length: int) -> Mono:
    from python_stretch import Signalsmith

    stretch = Signalsmith.Stretch()
    stretch.preset(1, rate_hz)
    stretch.timeFactor = len(samples) / length
    result = np.asarray(stretch.process(samples[np.newaxis, :]), np.float32)[0]
    return exactly(result, length)
