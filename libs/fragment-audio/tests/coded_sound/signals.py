"""Sound that shows a shift of a hundredth of a sample, and every codec to send it through."""

from fractions import Fraction

import av
import numpy as np
from fragment_audio.format import AudioFormat
from fragment_audio.samples import Samples

SECOND_NS = 1_000_000_000
Packets = list[tuple[bytes, int]]
"""Data, and PTS in nanoseconds."""

LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def speechlike(seconds: float, rate_hz: int, *, seed: int = 1, channels: int = 2) -> Samples:
    """Noise below 3 kHz, the same at every rate for the same seed; the sides differ."""
    count = round(seconds * rate_hz)
    lines = np.arange(int(100 * seconds), int(3000 * seconds))
    rng = np.random.default_rng(seed)
    sides = []
    for _ in range(channels):
        spectrum = np.zeros(count // 2 + 1, np.complex128)
        spectrum[lines] = np.exp(2j * np.pi * rng.random(len(lines)))
        side = np.fft.irfft(spectrum, count) * count
        sides.append(0.1 * side / np.sqrt(np.mean(side**2)))
    return np.stack(sides, axis=1).astype(np.float32)


def late_by(reference: Samples, heard: Samples) -> float:
    """Samples by which `heard` is later than `reference`, up to a few hundred, to a 64th of one."""
    count = min(len(reference), len(heard), 48_000)
    size = 1 << (count - 1).bit_length()
    window = np.hanning(count)
    spectra = (np.fft.rfft(sound[:count, 0] * window, size) for sound in (heard, reference))
    cross = next(spectra) * np.conj(next(spectra))
    around = np.fft.irfft(cross, size)
    late = float((np.argmax(around) + size // 2) % size - size // 2)
    turns = 2j * np.pi * np.arange(len(cross)) / size
    for step in (1 / 8, 1 / 64):  # between the samples, where only their spectrum tells
        near = late + step * np.arange(-8, 9)
        late = float(near[np.argmax([(cross * np.exp(turns * at)).real.sum() for at in near])])
    return late


def coded(
    codec: str, samples: Samples, rate_hz: int, *, options: dict[str, str] | None = None
) -> tuple[AudioFormat, Packets]:
    """The PTS are those of the decoded samples: an encoder's priming has a negative one."""
    channels = samples.shape[1]
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.AudioCodecContext)
    formats = encoder.codec.audio_formats or []
    kind = "fltp" if any(f.name == "fltp" for f in formats) or not formats else formats[0].name
    encoder.sample_rate = rate_hz
    encoder.layout = LAYOUTS[channels]
    encoder.format = kind
    encoder.bit_rate = 96_000 * channels
    encoder.time_base = Fraction(1, rate_hz)
    encoder.options = options or {}
    frame = av.AudioFrame.from_ndarray(
        np.ascontiguousarray(samples.T), format="fltp", layout=LAYOUTS[channels]
    )
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    name = {"libopus": "opus", "libmp3lame": "mp3"}.get(codec, codec)
    coding = AudioFormat(name, rate_hz, channels, bytes(encoder.extradata or b""))
    return coding, [(bytes(p), round((p.pts or 0) * p.time_base * SECOND_NS)) for p in packets]


def pcm(samples: Samples, rate_hz: int, block: int) -> tuple[AudioFormat, Packets]:
    data = np.clip(samples * 32767, -32768, 32767).astype("<i2")
    packets = [
        (data[at : at + block].tobytes(), round(at * SECOND_NS / rate_hz))
        for at in range(0, len(data), block)
    ]
    return AudioFormat("pcm_s16le", rate_hz, samples.shape[1]), packets
