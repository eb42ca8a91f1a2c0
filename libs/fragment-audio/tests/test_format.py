import pytest
from coded_sound.configurations import (
    HE_EXPLICIT,
    HE_V2_EXPLICIT,
    LC_24_STEREO,
    LC_24_STEREO_NO_SBR,
    LC_24_STEREO_WITH_SBR,
    LC_32,
    LC_44_MONO,
    LC_48_FROM_24_BIT_RATE,
    LC_48_STEREO,
    LC_51,
    LC_960,
    LC_BEHIND_A_CORE_CODER,
    LC_BY_ELEMENT,
    MAIN,
    USAC,
)
from fragment_audio.format import AacConfig, AudioFormat
from hypothesis import given, settings
from hypothesis import strategies as st


def aac(extradata: bytes) -> AudioFormat:
    return AudioFormat("aac", 48000, 2, extradata)


@pytest.mark.parametrize(
    ("extradata", "is_lc", "copyable"),
    [
        (LC_48_STEREO, True, True),
        (LC_44_MONO, True, True),
        (LC_48_FROM_24_BIT_RATE, True, True),
        (LC_BEHIND_A_CORE_CODER, True, True),
        (LC_24_STEREO_NO_SBR, True, True),
        (LC_24_STEREO, True, False),
        (LC_24_STEREO_WITH_SBR, False, False),
        (LC_960, False, False),
        (LC_32, True, False),
        (LC_51, True, False),
        (LC_BY_ELEMENT, True, False),
        (MAIN, False, False),
        (HE_EXPLICIT, False, False),
        (HE_V2_EXPLICIT, False, False),
        (USAC, False, False),
        (b"", False, False),
        (b"\x11", False, False),
        (b"\xff\xff\xff", False, False),
    ],
)
def test_only_plain_aac_lc_that_the_protocol_has_is_copied(
    extradata: bytes, is_lc: bool, copyable: bool
) -> None:
    assert aac(extradata).is_aac_lc is is_lc
    assert aac(extradata).copyable is copyable


def test_the_configuration_tells_rate_and_channels() -> None:
    assert AacConfig.parse(LC_44_MONO) == AacConfig(2, 44100, 1, short_frames=False, sbr=None)
    assert AacConfig.parse(LC_48_FROM_24_BIT_RATE) == AacConfig(2, 48000, 2, short_frames=False, sbr=None)
    assert AacConfig.parse(HE_EXPLICIT) == AacConfig(5, 24000, 2, short_frames=False, sbr=True)


def test_other_codecs_are_not_copied() -> None:
    assert not AudioFormat("opus", 48000, 2, LC_48_STEREO).copyable


@settings(deadline=None)
@given(st.binary(max_size=12))
def test_no_bytes_upset_the_parser(data: bytes) -> None:
    AudioFormat("aac", 48000, 2, data).copyable  # noqa: B018
