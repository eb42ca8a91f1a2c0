"""Whether a recording can be cloned."""

import wave
from pathlib import Path

import numpy as np

LEAST_RATE_HZ = 16_000
SHORTEST_S, LONGEST_S = 3, 30
SILENT_DB = -50.0
"""Below this level there is nobody to be heard."""
_NO_PCM = "not a plain PCM WAV file (ffmpeg -i IN -ac 1 -c:a pcm_s16le OUT.wav makes one)"


def check_sample(path: Path) -> str | None:
    """What is wrong with it, in a few words; None: nothing."""
    try:
        with wave.open(str(path), "rb") as file:
            rate_hz, length, width = file.getframerate(), file.getnframes(), file.getsampwidth()
            channels = file.getnchannels()
            if channels != 1:
                return f"mono is needed, not {channels} channels"
            if rate_hz < LEAST_RATE_HZ:
                return f"at least {LEAST_RATE_HZ} Hz are needed, not {rate_hz}"
            if width not in (2, 3, 4):
                return f"16, 24 or 32 bits are needed, not {8 * width}"
            if not SHORTEST_S * rate_hz <= length <= LONGEST_S * rate_hz:
                return f"{SHORTEST_S} to {LONGEST_S} s are needed, not {length / rate_hz:.1f}"
            data = file.readframes(length)
    except OSError as error:
        return error.strerror or "not readable"
    except (wave.Error, EOFError):
        return _NO_PCM
    if len(data) < length * width:
        return "it ends too early"
    samples = np.zeros((length, 4), np.uint8)
    samples[:, 4 - width :] = np.frombuffer(data, np.uint8).reshape(length, width)
    sound = samples.view("<i4")[:, 0] / 2.0**31
    # A constant offset, as cheap converters have it, is not to be heard.
    level_db = 20 * np.log10(max(float(np.std(sound)), 1e-9))
    return "it is silent" if level_db < SILENT_DB else None
