"""A recording of somebody whose voice is to be cloned."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

_NUMBER: dict[int, np.dtype[np.signedinteger]] = {2: np.dtype("<i2"), 4: np.dtype("<i4")}


class Unreadable(Exception):
    """It is no PCM WAV file of 16 or 32 bits."""


def read_recording(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """The first channel, -1..1, and its rate. Raises `Unreadable` or `OSError`."""
    try:
        with wave.open(str(path), "rb") as file:
            number, channels, rate_hz = _NUMBER[file.getsampwidth()], file.getnchannels(), file.getframerate()
            samples = np.frombuffer(file.readframes(file.getnframes()), number)[::channels]
    except (wave.Error, EOFError, KeyError, ValueError) as error:
        raise Unreadable(type(error).__name__) from error
    return samples.astype(np.float32) / np.float32(2 ** (8 * number.itemsize - 1)), rate_hz
