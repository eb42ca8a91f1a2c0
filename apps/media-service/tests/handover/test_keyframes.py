"""A keyframe is known by what it shows, however its source has wrapped it."""

from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.choice import MOST
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.timeline.epochs import Track
from media_service.timeline.units import SECOND_NS
from media_service.worker.keyframes import Keyframes

AVC = VideoFormat("h264", bytes([1, 100, 0, 30, 0xFF]))
BYTES = VideoFormat("h264")
HVC = VideoFormat("h265", bytes(21) + b"\xff")
PARAMETERS, DELIMITER = b"\x67\x64\x00\x1e", b"\x09\x10"

slices = st.lists(
    st.binary(min_size=2, max_size=40).map(lambda rest: b"\x65" + rest + b"\x80"), min_size=1, max_size=3
)


def packet(data: bytes, coding: VideoFormat) -> Packet:
    return Packet(Track.VIDEO, coding, data, 0, 0, 0, True)


def lengths(*units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def starts(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def name(one: Packet) -> str:
    (held,) = Keyframes().held(iter([(0, 0, one)]), lambda _: 2 * SECOND_NS, 0)
    return held.keyframe.name


def clean(unit: bytes) -> bool:
    """Without what a byte stream would have to escape."""
    return b"\0\0" not in unit


@given(slices.filter(lambda units: all(map(clean, units))))
def test_it_is_the_same_with_lengths_or_start_codes_and_with_parameters_or_without(
    units: list[bytes],
) -> None:
    plain = name(packet(lengths(*units), AVC))
    assert name(packet(lengths(DELIMITER, PARAMETERS, *units), AVC)) == plain
    assert name(packet(starts(PARAMETERS, *units), BYTES)) == plain


@given(slices, slices)
def test_other_pictures_have_other_names(one: list[bytes], other: list[bytes]) -> None:
    same = name(packet(lengths(*one), AVC)) == name(packet(lengths(*other), AVC))
    assert same == (one == other)


def test_of_h265_too_only_the_slices_count() -> None:
    shown, parameters = b"\x26\x01picture", b"\x42\x01parameters"
    assert name(packet(lengths(parameters, shown), HVC)) == name(packet(lengths(shown), HVC))
    assert name(packet(lengths(shown + b"!"), HVC)) != name(packet(lengths(shown), HVC))


def test_only_so_many_are_told_and_none_that_is_due_too_soon() -> None:
    one = packet(lengths(b"\x65a"), AVC)
    waiting = [(number * SECOND_NS // 10, 0, one) for number in range(3 * MOST)]
    held = Keyframes().held(iter(waiting), lambda decode_ns: decode_ns, SECOND_NS)
    assert len(held) == MOST
    assert held[0].keyframe.due_in_ns == SECOND_NS
