"""What a successor keeps until somebody takes it: everything from the keyframe on, once, in order."""

from dataclasses import dataclass, field

from fragment_audio.format import FRAME_LENGTH
from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.joint import WARM_UP, Joint
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.timeline.epochs import Track
from media_service.timeline.units import SECOND_NS, ns_of, samples_of
from media_service.worker.opening import MOST_BYTES, MOST_NS, SAMPLE_BYTES, Opening

PRIMING = 1600
JOINT = Joint(10 * SECOND_NS, 4 * SECOND_NS, 7_000_000)
H264 = VideoFormat("h264", b"\1\2\3\4\5")


def picture(number: int, size: int = 10) -> Packet:
    stamp = 10 * SECOND_NS + number * SECOND_NS // 25
    return Packet(Track.VIDEO, H264, bytes(size), stamp, stamp, 0, number % 25 == 0)


@dataclass
class Taker:
    fed: list[object] = field(default_factory=list)
    sound: bytes = b""
    sound_from: int | None = None

    def feed_picture(self, packet: Packet, offset_ns: int) -> bool:
        self.fed.append(packet)
        return True

    def feed_sound(self, data: bytes, media_ns: int, duration_ns: int) -> None:
        if self.sound_from is None:
            self.sound_from = samples_of(media_ns)
        assert samples_of(media_ns) == self.sound_from + len(self.sound) // SAMPLE_BYTES
        assert samples_of(duration_ns) == len(data) // SAMPLE_BYTES
        self.sound += data

    def feed_time(self, media_ns: int) -> None:
        self.fed.append(media_ns)


def pcm(start: int, length: int) -> bytes:
    return b"".join((position % 2**32).to_bytes(4, "little") for position in range(start, start + length))


@given(st.lists(st.integers(1, 6000), min_size=3, max_size=12), st.integers(-30_000, 5_000))
def test_the_encoder_is_fed_from_a_sample_that_makes_its_frames_follow_the_others(
    lengths: list[int], later: int
) -> None:
    opening = Opening(JOINT, PRIMING)
    wanted = JOINT.warm_up_at(PRIMING)
    at = first = wanted + later
    for length in lengths:
        opening.sound(pcm(at, length), ns_of(at), ns_of(at + length) - ns_of(at))
        at += length
    taker = Taker()
    opening.pour(taker)
    if taker.sound_from is None:
        assert at <= max(wanted, first + FRAME_LENGTH)
        return
    assert taker.sound_from >= max(wanted, first)
    assert (taker.sound_from - wanted) % FRAME_LENGTH == 0
    assert taker.sound_from - max(wanted, first) < FRAME_LENGTH
    assert taker.sound == pcm(taker.sound_from, at - taker.sound_from)


def test_frames_of_the_next_output_begin_where_the_sound_is_cut() -> None:
    """The encoder's sound comes late by its priming, and its frames follow each other."""
    first_frame = JOINT.warm_up_at(PRIMING) - PRIMING
    assert first_frame + WARM_UP * FRAME_LENGTH == samples_of(JOINT.media_ns + JOINT.sound_ns)


def test_pictures_are_kept_in_order_and_given_again_to_a_second_taker() -> None:
    opening = Opening(JOINT, PRIMING)
    pictures = [picture(number) for number in range(4)]
    for one in pictures:
        opening.picture(one, 0)
        opening.time(one.dts_ns)
    assert opening.has_begun
    first, second = Taker(), Taker()
    opening.pour(first)
    opening.pour(second)
    assert first.fed == second.fed
    assert [one for one in first.fed if isinstance(one, Packet)] == pictures


def test_copied_sound_is_kept_from_a_second_before_the_cut() -> None:
    opening = Opening(JOINT, None)
    early, late = JOINT.media_ns - 2 * SECOND_NS, JOINT.media_ns - SECOND_NS // 2
    assert opening.sound(b"early", early, 1) is None
    assert opening.sound(b"late", late, 1) == (b"late", late, 1)


def test_what_nobody_takes_is_given_up() -> None:
    for spoil in (
        lambda opening: opening.time(JOINT.media_ns + MOST_NS + 1),
        lambda opening: [opening.picture(picture(n, MOST_BYTES // 2), 0) for n in range(3)],
    ):
        opening = Opening(JOINT, PRIMING)
        assert not opening.too_long
        spoil(opening)
        assert opening.too_long
