"""AudioSpecificConfigs of every kind."""


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
