"""A recording of somebody whose voice is to be cloned."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt


class Unreadable(Exception):
    """It is no PCM WAV file of 16, 24 or 32 bits."""


def read_recording(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """The first channel, -1..1, and its rate. Raises `Unreadable` or `OSError`."""
    try:
        with wave.open(str(path), "rb") as file:
            width, channels, rate_hz = file.getsampwidth(), file.getnchannels(), file.getframerate()
            data = np.frombuffer(file.readframes(file.getnframes()), np.uint8)
        if width not in (2, 3, 4):
            raise Unreadable(f"{8 * width} bits")
        first = data.reshape(-1, channels, width)[:, 0]
    except (wave.Error, EOFError, ValueError) as error:
        raise Unreadable(type(error).__name__) from error
    # The highest bytes of 32 bits, whatever the width.
    wide = np.zeros((len(first), 4), np.uint8)
    wide[:, 4 - width :] = first
    return (wide.view("<i4")[:, 0] / 2.0**31).astype(np.float32), rate_hz
