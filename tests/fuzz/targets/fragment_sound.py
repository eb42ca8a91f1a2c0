"""A fragment's sound, on both sides: M4A and PCM, whatever its message says of it."""

import functools
from collections.abc import Iterator

import numpy as np
from dubbing_protocol import Audio
from fragment_audio import m4a
from fragment_audio.errors import UnreadableSound
from media_service.audio import dub
from sts_service.audio import reading

from fuzz.feed import Feed
from fuzz.promises import hold

RATES_HZ = (8000, 16000, 22050, 24000, 44100, 48000)
FILE, DUB_FILE, DUB_PCM, SOURCE_FILE, SOURCE_PCM = range(5)
LENGTH = 4800
LOUDEST = 4.0


def one(data: bytes) -> None:
    feed = Feed(data)
    way, rate_hz, channels = feed.number() % 5, RATES_HZ[feed.number() % 6], 1 + feed.number() % 2
    try:
        if way == FILE:
            _file(feed.rest())
        elif way in (DUB_FILE, DUB_PCM):
            _dub(feed.rest(), "m4a" if way == DUB_FILE else "pcm_s16le", rate_hz, channels)
        else:
            samples = 1 + feed.number(2)
            _source(feed.rest(), "m4a" if way == SOURCE_FILE else "pcm_s16le", rate_hz, channels, samples)
    except UnreadableSound as wrong:
        hold(len(str(wrong)) < 200, "few words")


def _file(data: bytes) -> None:
    sound, rate_hz = m4a.decode(data)
    hold(sound.dtype == np.float32 and sound.ndim == 2, "samples by channel")
    hold(len(sound) <= m4a.LONGEST_S * rate_hz, "not longer than a fragment can be")
    hold(bool(np.isfinite(sound).all()), "numbers")


def _dub(data: bytes, format: str, rate_hz: int, channels: int) -> None:
    sound = dub.read(data, format=format, rate_hz=rate_hz, channels=channels, length=LENGTH)  # type: ignore[arg-type]
    hold(sound.shape == (LENGTH, 2), "as long as its slot")
    hold(bool((np.abs(sound) <= LOUDEST).all()), "no louder than a dub can be")


def _source(data: bytes, format: str, rate_hz: int, channels: int, samples: int) -> None:
    said = samples if samples % 2 else None
    audio = Audio(
        format=format,  # type: ignore[arg-type]
        sample_rate_hz=rate_hz,  # type: ignore[arg-type]
        channels=channels,
        duration_ms=max(1, samples * 1000 // rate_hz),
        samples=said,
        data=data,
    )
    clip = reading.read(audio)
    hold(bool(np.isfinite(clip.samples).all()), "numbers")
    hold(said is None or len(clip.samples) == said, "as long as was said")


@functools.cache
def files() -> tuple[bytes, ...]:
    """M4A of some tenths of a second."""
    made = []
    for rate_hz, channels, length in (
        (48_000, 2, 2048),
        (8000, 1, 1500),
        (24_000, 1, 1024),
        (44_100, 2, 700),
    ):
        time = np.arange(length, dtype=np.float32)[:, None] / rate_hz
        tones = np.sin(2 * np.pi * time * np.array([440.0, 550.0], np.float32)[:channels]) / 4
        made.append(m4a.encode(tones.astype(np.float32), rate_hz=rate_hz, bit_rate=32_000))
    return tuple(made)


def seeds() -> Iterator[bytes]:
    for way, file in zip((FILE, DUB_FILE, SOURCE_FILE, FILE), files(), strict=True):
        yield bytes([way, 5, 1]) + (b"\x07\xff" if way == SOURCE_FILE else b"") + file
    # FFmpeg's order is its own: the table of samples before the sound, as a player on the net wants it.
    whole = files()[1]
    at = whole.rindex(b"moov") - 4
    yield bytes([FILE, 0, 0]) + whole[:at].replace(b"mdat", b"free") + whole[at:]
    yield bytes([DUB_PCM, 1, 1]) + bytes(range(64))
    yield bytes([SOURCE_PCM, 5, 0, 0, 31]) + bytes(64)
    yield bytes([FILE, 0, 0]) + b"\0\0\0\x08free" * 3
