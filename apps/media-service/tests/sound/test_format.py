import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.audio.format import AacConfig, AudioFormat


def configuration(*fields: tuple[int, int]) -> bytes:
    """Bit fields as (value, width)."""
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


LC_48_STEREO = configuration((2, 5), (3, 4), (2, 4), (0, 3))
LC_44_MONO = configuration((2, 5), (4, 4), (1, 4), (0, 3))
LC_24_STEREO = configuration((2, 5), (6, 4), (2, 4), (0, 3))
LC_24_STEREO_NO_SBR = configuration((2, 5), (6, 4), (2, 4), (0, 3), (0x2B7, 11), (5, 5), (0, 1))
LC_24_STEREO_WITH_SBR = configuration((2, 5), (6, 4), (2, 4), (0, 3), (0x2B7, 11), (5, 5), (1, 1), (3, 4))
LC_48_FROM_24_BIT_RATE = configuration((2, 5), (15, 4), (48000, 24), (2, 4), (0, 3))
LC_BEHIND_A_CORE_CODER = configuration((2, 5), (3, 4), (2, 4), (0, 1), (1, 1), (0, 14), (0, 1))
LC_960 = configuration((2, 5), (3, 4), (2, 4), (1, 1), (0, 2))
LC_32 = configuration((2, 5), (5, 4), (2, 4), (0, 3))
LC_51 = configuration((2, 5), (3, 4), (6, 4), (0, 3))
LC_BY_ELEMENT = configuration((2, 5), (3, 4), (0, 4), (0, 3))
MAIN = configuration((1, 5), (3, 4), (2, 4), (0, 3))
HE_EXPLICIT = configuration((5, 5), (6, 4), (2, 4), (3, 4), (2, 5), (0, 3))
HE_V2_EXPLICIT = configuration((29, 5), (6, 4), (1, 4), (3, 4), (2, 5), (0, 3))
USAC = configuration((31, 5), (10, 6), (3, 4), (2, 4), (0, 3))


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
