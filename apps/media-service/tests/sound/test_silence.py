import numpy as np
import pytest
from coded_sound.configurations import HE_EXPLICIT, LC_51
from coded_sound.signals import coded, speechlike
from fragment_audio.format import AudioFormat
from media_service.audio.decoder import StreamDecoder
from media_service.audio.silence import silent_frame
from media_service.timeline.units import SECOND_NS


@pytest.mark.parametrize("rate_hz", [48000, 44100, 32000, 22050, 16000, 8000])
@pytest.mark.parametrize("channels", [1, 2])
def test_silence_ends_the_sound_and_does_not_disturb_what_follows(rate_hz: int, channels: int) -> None:
    coding, packets = coded("aac", speechlike(24 * 1024 / rate_hz, rate_hz, channels=channels), rate_hz)
    silence = silent_frame(coding)
    assert len(silence) < 16
    frames = [data for data, _ in packets[:10]] + [silence] * 10 + [data for data, _ in packets[10:14]]
    decoder = StreamDecoder(coding)
    pieces = [
        sound
        for number, data in enumerate(frames)
        for _, sound in decoder.decode(data, number * 1024 * SECOND_NS // rate_hz)
    ]
    lane = np.concatenate(pieces)
    frame = 1024 * 48000 / rate_hz
    assert np.abs(lane[: round(9 * frame)]).max() > 0.1
    assert np.abs(lane[round(11.2 * frame) : round(19.8 * frame)]).max() < 1e-4
    assert np.abs(lane[round(21 * frame) : round(23 * frame)]).max() > 0.1


@pytest.mark.parametrize(
    "coding",
    [
        AudioFormat("opus", 48000, 2),
        AudioFormat("aac", 48000, 2),
        AudioFormat("aac", 48000, 2, HE_EXPLICIT),
        AudioFormat("aac", 48000, 6, LC_51),
    ],
)
def test_only_plain_stereo_or_mono_aac_has_a_silent_frame(coding: AudioFormat) -> None:
    with pytest.raises(ValueError, match="no silence"):
        silent_frame(coding)
