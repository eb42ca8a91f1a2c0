"""An AAC frame of one channel as one of two equal channels: its bits are moved, nothing is encoded again.

A dub is one voice on both sides of a stereo stream. Encoding it as stereo costs three times what encoding
one side does, so the one side becomes the middle of a pair whose difference is empty (M/S in all bands,
ISO 14496-3, 4.4.2.1). Noise substitution and temporal noise shaping belong to a channel and not to the
middle: the frame must be without.
"""

import functools

from fragment_audio.bits import Bits

_PAIR = 1
_END = 0b111
_EIGHT_SHORT = 2
_MS_EVERYWHERE = 2
_HEAD_BYTES = 4
"""Hold all that is looked at: small numbers are quick to take apart."""


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
    head = Bits(frame[:_HEAD_BYTES])
    element, gain = head.take(7), head.take(8)
    if element >> 4 != 0:
        raise ValueError("an AAC frame that does not begin with one channel")
    info = head.take(4)
    if info >> 1 & 3 == _EIGHT_SHORT:
        grouping, info_width = head.take(11), 15
        info = info << 11 | grouping
        empty, empty_width = _empty_sections(grouping >> 7, 8 - (grouping & 127).bit_count(), 3)
    else:
        bands, info_width = head.take(7), 11
        if bands & 1:
            raise ValueError("an AAC frame with prediction")
        info = info << 7 | bands
        empty, empty_width = _empty_sections(bands >> 1, 1, 5)
    width = len(frame) * 8 - 15 - info_width - spare - 3
    if width < 0:
        raise ValueError("an AAC frame that ends too early")
    # A pair of the same number with a common window, M/S everywhere; then the middle as it was.
    start = ((_PAIR << 4 | element) << 1 | 1) << info_width | info
    middle = (whole >> spare + 3 & (1 << width) - 1) | gain << width
    # The empty difference: its gain, sections without spectrum, no pulses, no shaping, no gain control.
    rest_width = 8 + empty_width + 6
    pair = (start << 2 | _MS_EVERYWHERE) << 8 + width | middle
    pair = pair << rest_width | empty << 6 | _END
    total = 3 + 4 + 1 + info_width + 2 + 8 + width + rest_width
    filling = -total % 8
    return (pair << filling).to_bytes((total + filling) // 8, "big")


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
