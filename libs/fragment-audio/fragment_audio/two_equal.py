"""An AAC frame of one channel as one of two equal channels: its bits are moved, nothing is encoded again.

A dub is one voice on both sides of a stereo stream. Encoding it as stereo costs three times what encoding
one side does, so the one side becomes the middle of a pair whose difference is empty (M/S in all bands,
ISO 14496-3, 4.4.2.1). Noise substitution and temporal noise shaping belong to a channel and not to the
middle: the frame must be without.
"""

import functools

from fragment_audio.bits import Bits, Field

_PAIR = 1
_END = 0b111
_EIGHT_SHORT = 2
_MS_EVERYWHERE = 2


def as_stereo(frame: bytes) -> bytes:
    """Raises ValueError where the frame is not one plain single channel and nothing else."""
    try:
        return _as_stereo(frame)
    except EOFError:
        raise ValueError("an AAC frame that ends too early") from None


def _as_stereo(frame: bytes) -> bytes:
    whole = int.from_bytes(frame, "big")
    spare = (whole & -whole).bit_length() - 1
    if whole == 0 or whole >> spare & _END != _END:
        raise ValueError("an AAC frame without an end")
    bits = Bits(frame)
    element, gain = bits.take(7), bits.take(8)
    if element >> 4 != 0:
        raise ValueError("an AAC frame that does not begin with one channel")
    windows = bits.take(4) >> 1 & 3
    if windows == _EIGHT_SHORT:
        grouping = bits.take(11)
        empty, empty_width = _empty_sections(grouping >> 7, 8 - (grouping & 127).bit_count(), 3)
        info_width = 15
    else:
        bands = bits.take(7)
        if bands & 1:
            raise ValueError("an AAC frame with prediction")
        empty, empty_width = _empty_sections(bands >> 1, 1, 5)
        info_width = 11
    width = bits.left - spare - 3
    if width < 0:
        raise ValueError("an AAC frame that ends too early")
    info = whole >> bits.left & (1 << info_width) - 1
    pair = Field().put(_PAIR, 3).put(element, 4).put(1, 1).put(info, info_width).put(_MS_EVERYWHERE, 2)
    pair.put(gain, 8).put(bits.take(width), width)
    # The empty difference: its gain, sections without spectrum, no pulses, no shaping, no gain control.
    return pair.put(empty, 8 + empty_width).put(_END, 6).bytes()


@functools.cache
def _empty_sections(bands: int, groups: int, length_bits: int) -> tuple[int, int]:
    """The bits as a number, and how many: for each group one section of all bands, in it nothing."""
    sections, width = 0, 0
    most = (1 << length_bits) - 1
    for _ in range(groups if bands else 0):
        for value, bits in [(0, 4), *[(most, length_bits)] * (bands // most), (bands % most, length_bits)]:
            sections, width = sections << bits | value, width + bits
    return sections, width


def stereo_config(extradata: bytes) -> bytes:
    """An AudioSpecificConfig of plain AAC-LC for one channel, made one for two."""
    if len(extradata) < 2 or extradata[1] >> 3 & 15 != 1:
        raise ValueError("not the configuration of one channel")
    return extradata[:1] + bytes([extradata[1] & 0b1000_0111 | 2 << 3]) + extradata[2:]
