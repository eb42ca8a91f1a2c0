import itertools

import numpy as np
import pytest
from coded_sound.configurations import configuration
from coded_sound.signals import Packets, coded, late_by, pcm, speechlike
from fragment_audio import m4a
from fragment_audio.errors import Undecodable
from fragment_audio.format import AudioFormat
from fragment_audio.samples import Samples
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.audio.decoder import Piece, StreamDecoder
from media_service.timeline.units import MS_NS, RATE_HZ, SECOND_NS

HOUR_NS = 3600 * SECOND_NS
TOLERANCE_NS = 50_000


def decoded(coding: AudioFormat, packets: Packets, *, shift_ns: int = 0) -> list[Piece]:
    decoder = StreamDecoder(coding)
    pieces = [piece for data, pts_ns in packets for piece in decoder.decode(data, pts_ns + shift_ns)]
    return pieces + decoder.flush()


def placed(pieces: list[Piece], length: int) -> Samples:
    """Each piece where its PTS says, on a lane that begins at PTS 0."""
    lane = np.zeros((length, 2), np.float32)
    for pts_ns, sound in pieces:
        at = round(pts_ns * RATE_HZ / SECOND_NS)
        for number in range(max(0, -at), min(len(sound), length - at)):
            lane[at + number] = sound[number]
    return lane


def assert_contiguous(pieces: list[Piece], tolerance_ns: int = TOLERANCE_NS) -> None:
    for (pts_ns, sound), (following_ns, _) in itertools.pairwise(pieces):
        assert abs(pts_ns + len(sound) * SECOND_NS / RATE_HZ - following_ns) <= tolerance_ns


@pytest.mark.parametrize(
    ("codec", "rate_hz", "channels"),
    [
        ("aac", 48000, 2),
        ("aac", 44100, 2),
        ("aac", 44100, 1),
        ("aac", 22050, 2),
        ("libopus", 48000, 2),
        ("libopus", 48000, 1),
        ("ac3", 48000, 2),
        ("eac3", 48000, 2),
        ("mp2", 44100, 2),
        ("libmp3lame", 44100, 2),
        ("pcm_s16le", 44100, 2),
        ("pcm_alaw", 8000, 1),
        ("pcm_mulaw", 8000, 1),
    ],
)
def test_each_sample_comes_out_at_its_pts(codec: str, rate_hz: int, channels: int) -> None:
    coding, packets = coded(codec, speechlike(2, rate_hz, channels=channels), rate_hz)
    if codec.startswith("pcm"):
        coding, packets = _in_blocks(coding, packets)
    pieces = decoded(coding, packets)
    assert_contiguous(pieces)
    late = late_by(speechlike(2, RATE_HZ, channels=channels), placed(pieces, 2 * RATE_HZ))
    assert abs(late) * SECOND_NS / RATE_HZ <= TOLERANCE_NS


def _in_blocks(coding: AudioFormat, packets: Packets) -> tuple[AudioFormat, Packets]:
    """20 ms each, as a network packet has them."""
    data = b"".join(data for data, _ in packets)
    size = coding.rate_hz // 50 * coding.channels * (2 if coding.codec == "pcm_s16le" else 1)
    return coding, [(data[at : at + size], at // size * 20 * MS_NS) for at in range(0, len(data), size)]


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100, 48000, 96000])
def test_an_impulse_stays_where_it_was(rate_hz: int) -> None:
    samples = np.zeros((rate_hz, 2), np.float32)
    at = np.arange(rate_hz // 20, rate_hz - rate_hz // 20, rate_hz // 13)
    samples[at] = 0.9
    pieces = decoded(*pcm(samples, rate_hz, 1024))
    lane = placed(pieces, RATE_HZ)[:, 0].astype(np.float64)
    for position in at * RATE_HZ / rate_hz:
        near = np.arange(int(position) - 30, int(position) + 31)
        centre = np.sum(near * lane[near]) / np.sum(lane[near])
        assert abs(centre - position) * SECOND_NS / RATE_HZ < TOLERANCE_NS
    assert sum(len(sound) for _, sound in pieces) == RATE_HZ


def test_pts_of_days_keep_their_precision() -> None:
    coding, packets = pcm(speechlike(0.5, 44100), 44100, 1024)
    here, there = decoded(coding, packets), decoded(coding, packets, shift_ns=100 * HOUR_NS)
    assert [pts + 100 * HOUR_NS for pts, _ in here] == [pts for pts, _ in there]


def test_pts_follow_the_container_where_it_rounds_or_drifts() -> None:
    """FLV's PTS are whole milliseconds; the lane's drift control needs to see what the source says."""
    coding, packets = pcm(speechlike(2, 44100), 44100, 1024)
    rounded = [(data, round(pts_ns * 1.001 / MS_NS) * MS_NS) for data, pts_ns in packets]
    late_ns = 0.0
    given = 0
    for pts_ns, sound in decoded(coding, rounded)[:-1]:
        late_ns = pts_ns - given * SECOND_NS / RATE_HZ
        given += len(sound)
    assert late_ns == pytest.approx(0.001 * 2 * SECOND_NS, abs=MS_NS)


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS, 5 * SECOND_NS, 60 * MS_NS])
@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_a_jump_of_the_pts_is_not_smeared_over(jump_ns: int, rate_hz: int) -> None:
    before = np.full((rate_hz, 2), 0.5, np.float32)
    after = np.full((rate_hz, 2), -0.5, np.float32)
    coding, first = pcm(before, rate_hz, 1024)
    _, second = pcm(after, rate_hz, 1024)
    second = [(data, pts_ns + SECOND_NS + jump_ns) for data, pts_ns in second]
    pieces = decoded(coding, first + second)
    loud = [(pts, sound) for pts, sound in pieces if sound.mean() > 0]
    low = [(pts, sound) for pts, sound in pieces if sound.mean() < 0]
    assert all(np.abs(sound - 0.5).max() < 1e-3 for _, sound in loud)
    assert all(np.abs(sound + 0.5).max() < 1e-3 for _, sound in low)
    assert sum(len(sound) for _, sound in loud) == RATE_HZ
    assert low[0][0] == SECOND_NS + jump_ns


def test_a_lost_packet_leaves_a_hole_of_its_length() -> None:
    coding, packets = coded("aac", speechlike(1, 44100), 44100)
    pieces = decoded(coding, packets[:20] + packets[21:])
    holes_ns = [
        following - pts - len(sound) * SECOND_NS / RATE_HZ
        for (pts, sound), (following, _) in itertools.pairwise(pieces)
    ]
    assert max(holes_ns) == pytest.approx(1024 * SECOND_NS / 44100, abs=TOLERANCE_NS)
    assert sum(abs(hole) > TOLERANCE_NS for hole in holes_ns) == 1


def test_opus_pre_skip_is_not_dropped_behind_the_pts_back() -> None:
    coding, packets = coded("libopus", speechlike(1, 48000), 48000)
    assert coding.extradata.startswith(b"OpusHead")
    assert packets[0][1] < 0
    pts_ns, sound = decoded(coding, packets)[0]
    assert (pts_ns, len(sound)) == (packets[0][1], 960)


def test_band_replication_doubles_the_rate_and_not_the_pts() -> None:
    """A configuration that announces SBR makes FFmpeg double the rate even where a frame brings none."""
    _, packets = coded("aac", speechlike(1, 24000), 24000)
    he = AudioFormat("aac", 24000, 2, configuration((5, 5), (6, 4), (2, 4), (3, 4), (2, 5), (0, 3)))
    assert not he.is_aac_lc
    pieces = decoded(he, packets)
    assert {len(sound) for _, sound in pieces} == {2048}
    assert [pts for pts, _ in pieces] == [pts for _, pts in packets]
    assert_contiguous(pieces)


def test_surround_is_mixed_down_with_every_side_and_the_centre() -> None:
    time = np.arange(RATE_HZ) / RATE_HZ
    tones_hz = {0: 500, 1: 700, 2: 900, 4: 1100, 5: 1300}  # left, right, centre, behind left and right
    surround = np.zeros((RATE_HZ, 6), np.float32)
    for channel, tone_hz in tones_hz.items():
        surround[:, channel] = 0.2 * np.sin(2 * np.pi * tone_hz * time)
    pieces = decoded(*coded("ac3", surround, RATE_HZ))
    sound = np.concatenate([sound for _, sound in pieces])[4800:43200]
    level = np.abs(np.fft.rfft(sound * np.hanning(len(sound))[:, None], axis=0))
    bins = {tone_hz: round(tone_hz * len(sound) / RATE_HZ) for tone_hz in tones_hz.values()}
    left, right = ({hz: level[at - 3 : at + 4, side].max() for hz, at in bins.items()} for side in (0, 1))
    assert left[500] > 100 * left[700]
    assert right[700] > 100 * right[500]
    assert left[900] == pytest.approx(left[500] * 0.707, rel=0.05)
    assert left[900] == pytest.approx(right[900], rel=0.05)
    assert left[1100] == pytest.approx(left[500] * 0.707, rel=0.05)


def test_mono_is_heard_on_both_sides_at_full_level() -> None:
    for rate_hz in (44100, 48000):
        (_, sound), *_ = decoded(*pcm(np.full((4800, 1), 0.5, np.float32), rate_hz, 1024))
        assert sound.shape[1] == 2
        assert np.allclose(sound, 0.5, atol=2e-3)


def test_what_comes_out_is_contiguous_float_stereo() -> None:
    for codec, rate_hz in (("aac", 48000), ("aac", 44100), ("pcm_s16le", 48000)):
        for _, sound in decoded(*coded(codec, speechlike(0.2, rate_hz), rate_hz)):
            assert sound.dtype == np.float32
            assert sound.shape[1:] == (2,)
            assert sound.flags.c_contiguous


def test_rate_and_channels_may_change_inside_the_codec() -> None:
    coding, at_48k = coded("ac3", speechlike(0.5, 48000), 48000)
    _, mono_44k = coded("ac3", speechlike(0.5, 44100, channels=1), 44100)
    late_ns = at_48k[-1][1] + 32 * MS_NS - mono_44k[0][1]
    pieces = decoded(coding, at_48k + [(data, pts_ns + late_ns) for data, pts_ns in mono_44k])
    assert_contiguous(pieces)
    assert np.allclose(pieces[-2][1][:, 0], pieces[-2][1][:, 1])
    # And where both are resampled.
    decoder = StreamDecoder(coding)
    _, stereo_32k = coded("ac3", speechlike(0.5, 32000), 32000)
    end_ns = mono_44k[-1][1] + 1536 * SECOND_NS // 44100 - stereo_32k[0][1]
    both = [(data, pts_ns, 44100) for data, pts_ns in mono_44k] + [
        (data, pts_ns + end_ns, 32000) for data, pts_ns in stereo_32k
    ]
    lengths = {44100: 0, 32000: 0}
    for data, pts_ns, rate_hz in both:
        lengths[rate_hz] += sum(len(sound) for _, sound in decoder.decode(data, pts_ns))
    assert lengths[32000] == pytest.approx(len(stereo_32k) * 1536 * 1.5, abs=60)


@pytest.mark.parametrize("garbage", [b"", b"\xff" * 40, b"\0", b"nonsense that is no frame at all"])
@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_a_broken_packet_is_reported_and_the_next_is_decoded(garbage: bytes, rate_hz: int) -> None:
    coding, packets = coded("aac", speechlike(1, rate_hz), rate_hz)
    decoder = StreamDecoder(coding)
    pieces = []
    for number, (data, pts_ns) in enumerate(packets):
        if number == 20:
            with pytest.raises(Undecodable, match="aac packet"):
                decoder.decode(garbage, pts_ns)
        else:
            pieces += decoder.decode(data, pts_ns)
    pieces += decoder.flush()
    missing = sum(len(sound) for _, sound in pieces) - len(packets) * 1024 * RATE_HZ / rate_hz
    assert missing == pytest.approx(-1024 * RATE_HZ / rate_hz, abs=2)


def test_an_unknown_codec_is_named() -> None:
    for name in ("no_such_codec", "h264"):
        with pytest.raises(Undecodable, match=name):
            StreamDecoder(AudioFormat(name, 48000, 2))


def test_after_a_flush_the_decoder_is_as_new() -> None:
    # Without substituted noise, which a decoder makes up anew each time.
    coding, packets = coded("aac", speechlike(0.5, 44100), 44100, options={"aac_pns": "0"})
    decoder = StreamDecoder(coding)
    runs = []
    for _ in range(2):
        pieces = [piece for data, pts_ns in packets for piece in decoder.decode(data, pts_ns)]
        runs.append(pieces + decoder.flush())
    assert [pts for pts, _ in runs[0]] == [pts for pts, _ in runs[1]]
    one, two = (np.concatenate([sound for _, sound in run]) for run in runs)
    assert np.abs(one - two).max() < 0.01  # FFmpeg keeps the shape of the last window
    assert np.array_equal(one[2400:], two[2400:])


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["aac", "libopus", "ac3", "libmp3lame", "pcm_s16le"]),
    st.lists(st.tuples(st.integers(0, 19), st.binary(max_size=64), st.integers(0, 200)), max_size=6),
)
def test_no_packet_upsets_a_decoder_for_good(codec: str, changes: list[tuple[int, bytes, int]]) -> None:
    rate_hz = 48000 if codec == "libopus" else 44100
    coding, packets = coded(codec, speechlike(0.5, rate_hz), rate_hz)
    damaged = [bytearray(data) for data, _ in packets]
    for number, data, at in changes:
        packet = damaged[number % len(damaged)]
        packet[at : at + len(data)] = data
    decoder = StreamDecoder(coding)
    for broken, (_, pts_ns) in zip(damaged, packets, strict=True):
        try:
            decoder.decode(bytes(broken), pts_ns)
        except Undecodable:
            continue
    decoder.flush()
    good = [piece for data, pts_ns in packets for piece in decoder.decode(data, pts_ns)]
    assert good


def test_a_stream_decoder_and_a_fragment_agree() -> None:
    """The lane's original and what the speech service hears are the same samples at the same place."""
    # Without substituted noise, which a decoder makes up anew each time.
    coding, packets = coded("aac", speechlike(1, 48000), 48000, options={"aac_pns": "0"})
    frames = [data for data, _ in packets]
    decoder = StreamDecoder(coding)
    lane = np.concatenate(
        [
            sound
            for number, data in enumerate(frames)
            for _, sound in decoder.decode(data, number * 1024 * SECOND_NS // 48000)
        ]
    )
    sound, _ = m4a.decode(m4a.copy(frames[10:30], coding, frames[9]))
    assert np.array_equal(sound, lane[10 * 1024 : 30 * 1024])
