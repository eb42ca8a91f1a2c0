import itertools
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from coded_sound.configurations import LC_48_STEREO
from coded_sound.program import decoded_by_ffmpeg, made_by_ffmpeg
from coded_sound.signals import coded, late_by, speechlike
from fragment_audio import m4a, reading
from fragment_audio.encoding import usual_bit_rate
from fragment_audio.errors import Undecodable, UnreadableSound
from fragment_audio.format import FRAGMENT_RATES_HZ, AudioFormat
from fragment_audio.samples import Samples
from hypothesis import given, settings
from hypothesis import strategies as st

RATES_AND_CHANNELS = [(48000, 2), (44100, 2), (48000, 1), (44100, 1), (16000, 1)]
Stream = tuple[AudioFormat, list[bytes]]


def stream(seconds: float, rate_hz: int, channels: int) -> Stream:
    """Without substituted noise, which a decoder makes up anew each time."""
    samples = speechlike(seconds, rate_hz, channels=channels)
    coding, packets = coded("aac", samples, rate_hz, options={"aac_pns": "0"})
    return coding, [data for data, _ in packets]


def decoded_at_its_own_rate(whole: Stream) -> Samples:
    coding, frames = whole
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.extradata = coding.extradata
    parts = [frame.to_ndarray() for data in frames for frame in decoder.decode(av.Packet(data))]
    return np.concatenate(parts, axis=1).T.astype(np.float32)


@pytest.mark.parametrize(("rate_hz", "channels"), RATES_AND_CHANNELS)
def test_a_copied_fragment_is_the_span_of_the_whole_stream(
    rate_hz: int, channels: int, tmp_path: Path
) -> None:
    coding, frames = whole = stream(3, rate_hz, channels)
    reference = decoded_at_its_own_rate(whole)
    first, count = 20, len(frames) - 25
    data = m4a.copy(frames[first : first + count], coding, frames[first - 1])
    span = reference[first * 1024 : (first + count) * 1024]
    ours, ours_hz = m4a.decode(data)
    assert ours_hz == rate_hz
    assert ours.shape == span.shape
    assert np.abs(ours - span).max() < 1e-6
    theirs = decoded_by_ffmpeg(data, channels, tmp_path)
    assert theirs.shape == span.shape
    assert np.abs(theirs - span).max() < 1e-5


def test_without_the_pre_roll_the_first_frame_is_not_whole() -> None:
    """What the pre-roll is for: the test above would not notice if this were the same."""
    coding, frames = whole = stream(1, 48000, 2)
    span = decoded_at_its_own_rate(whole)[10 * 1024 : 20 * 1024]
    sound, _ = m4a.decode(m4a.copy(frames[10:20], coding, None))
    assert sound.shape == span.shape
    assert np.abs(sound[:1024] - span[:1024]).max() > 0.01
    assert np.abs(sound[1024:] - span[1024:]).max() < 1e-6


def test_copied_frames_are_the_same_bytes() -> None:
    coding, frames = stream(1, 48000, 2)
    data = m4a.copy(frames[10:30], coding, frames[9])
    with av.open(BytesIO(data)) as container:
        assert isinstance(container, av.container.InputContainer)
        track = container.streams.audio[0]
        assert track.codec_context.extradata == coding.extradata
        copied = [bytes(packet) for packet in container.demux(track) if packet.size]
        assert track.duration is not None
        assert track.time_base is not None
        assert track.duration * track.time_base == Fraction(20 * 1024, 48000)
    assert copied == frames[9:30]


def test_what_has_no_configuration_is_not_copied() -> None:
    with pytest.raises(Undecodable, match="cannot be copied"):
        m4a.copy([b"frame"], AudioFormat("opus", 48000, 2), None)
    with pytest.raises(Undecodable, match="not frames of aac"):
        m4a.copy([b"\xff" * 20], AudioFormat("aac", 48000, 2, LC_48_STEREO), None)


@pytest.mark.parametrize(
    ("length", "preroll"),
    [
        *itertools.product([1, 500, 1024, 10_000, 100_001], [0]),
        *itertools.product([512, 1024, 10_000, 48_000], [1024, 1700]),
    ],
)
def test_encoded_sound_has_its_length_and_place(length: int, preroll: int, tmp_path: Path) -> None:
    whole = speechlike(3, 48000)
    before, sound = whole[:preroll], whole[preroll : preroll + length]
    data = m4a.encode(sound, rate_hz=48000, preroll=before if preroll else None)
    heard, rate_hz = m4a.decode(data)
    assert rate_hz == 48000
    assert heard.shape == sound.shape
    # FFmpeg's own demuxer cuts the end to the frame only.
    theirs = decoded_by_ffmpeg(data, 2, tmp_path)
    assert length <= len(theirs) < length + 1024
    if length > 5000:
        assert abs(late_by(sound, heard)) < 0.05
        assert abs(late_by(sound, theirs)) < 0.05


PROTOCOL_RATES_HZ = sorted(FRAGMENT_RATES_HZ)


@pytest.mark.parametrize("rate_hz", PROTOCOL_RATES_HZ)
@pytest.mark.parametrize("channels", [1, 2])
def test_every_rate_of_the_protocol_comes_back_in_place(rate_hz: int, channels: int) -> None:
    sound = speechlike(6, rate_hz, channels=channels)
    data = m4a.encode(sound, rate_hz=rate_hz)
    heard, heard_hz = m4a.decode(data)
    assert (heard_hz, heard.shape) == (rate_hz, sound.shape)
    assert abs(late_by(sound, heard)) < 0.05
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(0.1, rel=0.05)
    assert len(data) * 8 / 6 < 1.1 * usual_bit_rate(rate_hz, channels)


lengths_ms = st.one_of(st.just(100), st.just(6000), st.integers(1, 400))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(PROTOCOL_RATES_HZ), st.integers(1, 2), lengths_ms, st.integers(0, 1100))
def test_every_length_comes_back_exactly(rate_hz: int, channels: int, length_ms: int, odd: int) -> None:
    length = rate_hz * length_ms // 1000 + odd
    noise = np.random.default_rng(length).standard_normal((length, channels)).astype(np.float32) * 0.1
    heard, heard_hz = m4a.decode(m4a.encode(noise, rate_hz=rate_hz))
    assert (heard_hz, heard.shape) == (rate_hz, (length, channels))


@pytest.mark.parametrize("rate_hz", PROTOCOL_RATES_HZ)
@pytest.mark.parametrize("length", [1, 2, 1023, 1025])
def test_a_few_samples_come_back_exactly(rate_hz: int, length: int) -> None:
    heard, _ = m4a.decode(m4a.encode(np.full((length, 1), 0.1, np.float32), rate_hz=rate_hz))
    assert heard.shape == (length, 1)


@pytest.mark.parametrize("rate_hz", PROTOCOL_RATES_HZ)
def test_half_a_minute_comes_back_exactly(rate_hz: int) -> None:
    length = 30 * rate_hz - 7
    heard, _ = m4a.decode(m4a.encode(np.zeros((length, 1), np.float32), rate_hz=rate_hz))
    assert heard.shape == (length, 1)


def test_the_pre_roll_makes_the_beginning_whole() -> None:
    """An encoder that starts on loud sound, and one that was in the middle of it."""
    whole = speechlike(1, 48000)
    sound = whole[9600:19200]
    errors = {}
    for preroll in (None, whole[9600 - 2048 : 9600]):
        heard, _ = m4a.decode(m4a.encode(sound, rate_hz=48000, preroll=preroll))
        errors[preroll is None] = float(np.mean((heard[:256] - sound[:256]) ** 2))
    assert errors[False] < 0.01
    assert errors[False] < 2 * errors[True]


@pytest.mark.parametrize("container", ["plain", "fragmented", "faststart"])
@pytest.mark.parametrize(("rate_hz", "channels"), [(48000, 2), (44100, 1), (24000, 1)])
def test_an_m4a_of_another_encoder_is_read_in_place(
    container: str, rate_hz: int, channels: int, tmp_path: Path
) -> None:
    flags = {
        "plain": (),
        "fragmented": ("-movflags", "frag_keyframe+empty_moov"),
        "faststart": ("-movflags", "+faststart"),
    }
    sound = speechlike(2, rate_hz, channels=channels)
    heard, heard_hz = m4a.decode(made_by_ffmpeg(sound, rate_hz, tmp_path, *flags[container]))
    assert (heard_hz, heard.shape[1]) == (rate_hz, channels)
    assert abs(len(heard) - len(sound)) < 1024 * 2
    assert abs(late_by(sound, heard) - (1024 if container == "fragmented" else 0)) < 0.05


def test_more_than_a_minute_is_cut_at_61_seconds() -> None:
    coding, packets = coded("aac", np.zeros((16000 * 2, 1), np.float32), 16000)
    data = m4a.copy([packets[3][0]] * 1200, coding, None)
    sound, rate_hz = m4a.decode(data)
    assert len(sound) == 61 * rate_hz


def test_a_file_that_changes_its_channels_is_refused_before_their_samples_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PyAV 18 reads past the planes of a frame that has over eight: a damaged file crashed the process."""
    stereo, mono = (av.AudioFrame("fltp", layout, 1024) for layout in ("stereo", "mono"))
    stereo.sample_rate = mono.sample_rate = 48_000
    monkeypatch.setattr(reading, "_frames", lambda *_: iter([stereo, mono]))
    coding, frames = stream(0.2, 48000, 2)
    with pytest.raises(UnreadableSound, match="changes"):
        m4a.decode(m4a.copy(frames, coding, None))


def test_surround_is_no_speech(tmp_path: Path) -> None:
    surround = made_by_ffmpeg(speechlike(0.5, 48000, channels=6), 48000, tmp_path)
    with pytest.raises(UnreadableSound, match="6 channels"):
        m4a.decode(surround)


def test_only_aac_in_mp4_is_looked_at(tmp_path: Path) -> None:
    playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nsecret.ts\n"
    lossless = made_by_ffmpeg(speechlike(0.5, 48000), 48000, tmp_path, "-c:a", "alac")
    bare = made_by_ffmpeg(speechlike(0.5, 48000), 48000, tmp_path, "-f", "adts")
    for data in (b"", bare, playlist, b"RIFF" + bytes(100), lossless):
        with pytest.raises(UnreadableSound):
            m4a.decode(data)


def test_an_m4a_without_sound_or_sample_is_unreadable() -> None:
    coding, frames = stream(0.2, 48000, 2)
    no_sound = m4a.copy(frames, coding, None).replace(b"mp4a", b"what").replace(b"esds", b"what")
    with pytest.raises(UnreadableSound, match="no AAC"):
        m4a.decode(no_sound)
    with pytest.raises(UnreadableSound):
        m4a.decode(m4a.copy([b"\xf0" * 20] * 5, coding, None))
    with pytest.raises(UnreadableSound):
        m4a.decode(m4a.copy([], coding, None))


VICTIM_FORMAT, VICTIM_FRAMES = stream(0.4, 48000, 2)
VICTIM = m4a.copy(VICTIM_FRAMES, VICTIM_FORMAT, None)
changes = st.lists(
    st.tuples(st.integers(0, len(VICTIM) - 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=8
)


@settings(deadline=None, max_examples=400)
@given(changes, st.integers(0, len(VICTIM)), st.booleans())
def test_a_damaged_m4a_is_read_or_refused(
    changes: list[tuple[int, bytes]], length: int, shorter: bool
) -> None:
    data = bytearray(VICTIM)
    for at, replacement in changes:
        data[at : at + len(replacement)] = replacement
    try:
        sound, rate_hz = m4a.decode(bytes(data[:length] if shorter else data))
    except UnreadableSound:
        return
    assert np.isfinite(sound).all()
    assert len(sound) <= 61 * rate_hz


HEADER = VICTIM.index(b"moov") - 4


@settings(deadline=None, max_examples=400)
@given(
    st.lists(
        st.tuples(
            st.integers(HEADER, len(VICTIM) - 4),
            st.sampled_from([0, 1, 2, 255, 2**16, 10**6, 2**31 - 1, 2**31, 2**32 - 1]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_an_m4a_that_lies_in_its_tables_is_read_or_refused(lies: list[tuple[int, int]]) -> None:
    data = bytearray(VICTIM)
    for at, number in lies:
        data[at : at + 4] = number.to_bytes(4, "big")
    try:
        sound, rate_hz = m4a.decode(bytes(data))
    except UnreadableSound:
        return
    assert len(sound) <= 61 * rate_hz
