"""The FFmpeg program, for a second opinion on our files."""

import subprocess
from pathlib import Path

import numpy as np
from fragment_audio.samples import Samples


def decoded_by_ffmpeg(data: bytes, channels: int, folder: Path) -> Samples:
    file = folder / "sound.m4a"
    file.write_bytes(data)
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-f", "f32le", "-"]
    run = subprocess.run(command, capture_output=True, timeout=30, check=True)
    assert run.stderr == b""
    return np.frombuffer(run.stdout, "<f4").reshape(-1, channels)


def made_by_ffmpeg(samples: Samples, rate_hz: int, folder: Path, *options: str) -> bytes:
    """Sound as another party's encoder would put it into an M4A."""
    file = folder / "made.m4a"
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "f32le",
        "-ar",
        str(rate_hz),
        "-ac",
        str(samples.shape[1]),
    ]
    command += ["-i", "-", "-c:a", "aac", *options, str(file)]
    raw = np.ascontiguousarray(samples, "<f4").tobytes()
    subprocess.run(command, input=raw, capture_output=True, timeout=30, check=True)
    return file.read_bytes()
