"""Sound that is copied: each packet at its own time, silence where none came in time, never both."""

from itertools import pairwise

from coded_sound.signals import coded, speechlike
from fragment_audio.format import FRAME_LENGTH
from media_service.pipeline.packet import Packet
from media_service.segment.cutter import FixedCutter
from media_service.timeline.epochs import Placed, Track
from media_service.timeline.units import RATE_HZ, SECOND_NS, ns_of
from media_service.worker.packet_path import PacketPath

FRAME_NS = FRAME_LENGTH * SECOND_NS // RATE_HZ


class Played:
    """What went out of two seconds of sound that came so many packets at once, and with this much room."""

    def __init__(self, burst: int, room_ns: int) -> None:
        self.coding, packets = coded("aac", speechlike(2, RATE_HZ), RATE_HZ)
        self.packets = [(data, stamp) for data, stamp in packets if stamp >= 0]
        self.sent: list[tuple[bytes, int]] = []
        self.cuts: list[tuple[int, int]] = []
        path = PacketPath(
            self.coding,
            FixedCutter(RATE_HZ),
            send=lambda data, media_ns, _: self.sent.append((data, media_ns)),
            on_cut=lambda start, end, _: self.cuts.append((start, end)),
            position=0,
        )
        for first in range(0, len(self.packets), burst):
            come = self.packets[first : first + burst]
            for data, stamp in come:
                packet = Packet(Track.AUDIO, self.coding, data, stamp, stamp, FRAME_NS)
                path.packet(Placed(packet, Track.AUDIO, stamp, 0, 0, 0))
            # It has just come, so the last of it is now; and until the next comes, that much is played.
            now_ns = come[-1][1]
            for step_ns in range(0, burst * FRAME_NS, FRAME_NS):
                path.render(max(0, (now_ns + step_ns - room_ns) * RATE_HZ // SECOND_NS), "dub")

    @property
    def own(self) -> list[tuple[bytes, int]]:
        """Of the source's packets, those that went out."""
        known = set(self.packets)
        return [one for one in self.sent if one in known]


def test_in_time_every_packet_goes_out_once_and_nothing_else() -> None:
    played = Played(burst=4, room_ns=5 * FRAME_NS)
    assert played.sent == played.packets[: len(played.sent)]
    assert len(played.sent) >= len(played.packets) - 5


def test_a_packet_whose_place_silence_has_taken_is_not_sent_as_well() -> None:
    played = Played(burst=15, room_ns=5 * FRAME_NS)
    stamps = [media_ns for _, media_ns in played.sent]
    assert all(FRAME_NS // 2 < after - before < FRAME_NS * 3 // 2 for before, after in pairwise(stamps))
    assert abs(len(stamps) * FRAME_NS - (stamps[-1] - stamps[0])) < 2 * FRAME_NS
    assert len(played.own) < len(played.sent)


def test_slots_hold_late_packets_too() -> None:
    late, early = Played(burst=15, room_ns=5 * FRAME_NS), Played(burst=4, room_ns=5 * FRAME_NS)
    assert late.cuts == early.cuts
    assert late.cuts
    assert abs(ns_of(late.cuts[0][1]) - SECOND_NS) < FRAME_NS
