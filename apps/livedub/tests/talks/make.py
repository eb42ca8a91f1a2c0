"""A talk as a file, by ffmpeg from the test generator's picture and flite's voice."""

import subprocess
import wave
from pathlib import Path

import numpy as np
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import Programme
from speech import NEWS, RATE_HZ, UNSEEN, gap, join, say

MIXING_S = 60


def talk(path: Path, duration_s: int) -> Path:
    """Sentences with pauses of half a second, over the picture with its frame numbers."""
    picture = generate(
        path.with_name("picture.mp4"), Programme(duration_s, audio=None, width=320, height=180)
    )
    voice = path.with_name("voice.wav")
    parts = [gap(0.4)]
    for sentence in (*NEWS, *UNSEEN) * 4:
        parts += [say(sentence), gap(0.5)]
        if sum(map(len, parts)) >= duration_s * RATE_HZ:
            break
    samples = join(parts)[: duration_s * RATE_HZ]
    samples = np.pad(samples, (0, duration_s * RATE_HZ - len(samples)))
    with wave.open(str(voice), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((samples * 20_000).astype("<i2").tobytes())
    sound = ["-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"]
    command = ["ffmpeg", "-y", "-loglevel", "error", "-i", picture, "-i", voice, "-c:v", "copy", *sound, path]
    subprocess.run([str(word) for word in command], check=True, timeout=MIXING_S)
    return path
