"""The programmes of a soak: small pictures, so that publishing and measuring them costs little."""

import subprocess
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme

from benchmarks.sts_sound import HEARD_HZ, TEXTS, read_out

MUXING_S = 60


def pictures_and_beeps(file: Path, seconds: int) -> Path:
    """A flash with a beep each second, over what passes for speech."""
    return generate(file, _small(seconds))


def talk(file: Path, seconds: int) -> Path:
    """Read English, over the same pictures."""
    picture = generate(file.with_suffix(".mp4"), _small(seconds, audio=None))
    voice = np.concatenate([read_out(text) for text in TEXTS])[: seconds * HEARD_HZ]
    spoken = file.with_suffix(".wav")
    with wave.open(str(spoken), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(HEARD_HZ)
        out.writeframes((np.clip(voice, -1, 1) * 32767).astype("<i2").tobytes())
    inputs = ("-i", picture, "-i", spoken, "-map", "0:v", "-map", "1:a", "-c:v", "copy")
    sound_as = (
        "-c:a",
        "aac",
        "-b:a",
        "128k",
        "-ar",
        "48000",
        "-ac",
        "2",
        "-flvflags",
        "no_duration_filesize",
    )
    command = ("ffmpeg", "-y", "-loglevel", "error", *inputs, *sound_as, file)
    subprocess.run([str(word) for word in command], check=True, timeout=MUXING_S, stdin=subprocess.DEVNULL)
    return file


def _small(seconds: int, audio: str | None = "aac") -> Programme:
    return Programme(
        seconds,
        width=320,
        height=180,
        fps=Fraction(15),
        video_bit_rate=200_000,
        constant_bit_rate=True,
        gop_s=1.0,
        audio=audio,
    )
