import itertools

import numpy as np
import pytest
from coded_sound.signals import coded, pcm, speechlike
from fragment_audio.format import AudioFormat
from media_service.pipeline.packet import Packet, VideoFormat
from media_service.segment.cutter import FixedCutter
from media_service.timeline.epochs import Placed, Track
from media_service.timeline.lane import Lane
from media_service.timeline.slots import Slot
from media_service.timeline.units import RATE_HZ, SECOND_NS, samples_of
from media_service.worker.fragments import Carriage, Cutting, without_holes
from media_service.worker.hearing import Frame, Hearing

SLOT = 2 * RATE_HZ
HOUR_NS = 3600 * SECOND_NS


class Listener:
    """A lane with what was cut from it, and the packets that were known when it was."""

    def __init__(self) -> None:
        self.lane = Lane()
        self.cuts: list[tuple[int, int, int]] = []
        self.kept: list[list[Frame]] = []
        self.formats: list[AudioFormat] = []
        self.hearing = Hearing(
            self.lane, FixedCutter(SLOT), None, on_cut=self._cut, on_format=self.formats.append
        )

    def _cut(self, start: int, end: int, epoch: int) -> None:
        self.cuts.append((start, end, epoch))
        self.kept.append(list(self.hearing.frames))

    def hear(
        self, coding: AudioFormat, packets: list[tuple[bytes, int]], *, offset_ns: int = 0, epoch: int = 0
    ) -> None:
        for data, stamp in packets:
            packet = Packet(Track.AUDIO, coding, data, stamp, stamp, 0)
            self.hearing.packet(Placed(packet, Track.AUDIO, stamp, offset_ns, epoch, 0))

    def inside(self, number: int) -> list[Frame]:
        start, end, _ = self.cuts[number]
        return [frame for frame in self.kept[number] if start <= frame.start < end]


def source(rate_hz: int, seconds: float = 7) -> tuple[AudioFormat, list[tuple[bytes, int]]]:
    coding, packets = coded("aac", speechlike(seconds, rate_hz), rate_hz)
    return coding, [(data, stamp) for data, stamp in packets if stamp >= 0]


@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
def test_slots_tile_and_hold_exactly_their_own_packets(rate_hz: int) -> None:
    listener = Listener()
    coding, packets = source(rate_hz)
    listener.hear(coding, packets)
    listener.hearing.close()
    assert len(listener.cuts) == 4
    for (_, end, _), (start, _, _) in itertools.pairwise(listener.cuts):
        assert end == start
    assert listener.formats == [coding]
    sent = [frame.data for number in range(4) for frame in listener.inside(number)]
    assert sent == [data for data, _ in packets]
    for number, (start, end, _) in enumerate(listener.cuts):
        slot = Slot(number, start, end, 0)
        whole = without_holes(slot.start, slot.length, listener.inside(number), coding)
        assert whole == [frame.data for frame in listener.inside(number)]
        assert abs(len(whole) * 1024 * RATE_HZ / rate_hz - slot.length) <= 40


def test_holes_are_inside_slots_and_silence_inside_fragments() -> None:
    listener = Listener()
    coding, packets = source(48_000)
    listener.hear(coding, packets[:20] + packets[50:])
    listener.hearing.close()
    assert listener.lane.holes == 30 * 1024
    assert not listener.lane.read(20 * 1024, 30 * 1024).any()
    for (_, end, _), (start, _, _) in itertools.pairwise(listener.cuts):
        assert end == start
    start, end, _ = listener.cuts[0]
    whole = without_holes(start, end - start, listener.inside(0), coding)
    assert len(whole) * 1024 == end - start
    assert whole[19] == packets[19][0]
    assert len(set(whole[20:50])) == 1
    assert whole[50] == packets[50][0]


def test_a_fragment_is_as_long_as_its_slot() -> None:
    listener = Listener()
    coding, packets = source(44_100)
    listener.hear(coding, packets)
    start, end, _ = listener.cuts[1]
    before = [frame for frame in listener.kept[1] if frame.start < start]
    cutting = Cutting(
        Slot(1, start, end, 0),
        Carriage.of(coding),
        tuple(listener.inside(1)),
        before[-1],
        listener.lane.read(start, 0),
        None,
        None,
    )
    fragment = cutting.fragment()
    assert fragment.slot == 1
    assert abs(fragment.duration_ms - (end - start) / 48) <= 1
    sound = listener.lane.read(start, end - start)
    again = Cutting(Slot(1, start, end, 0), Carriage(48_000, 2, None), (), None, sound, None, None).fragment()
    assert again.samples == end - start


def test_packets_are_forgotten_but_for_one_of_preroll() -> None:
    listener = Listener()
    coding, packets = source(48_000)
    listener.hear(coding, packets)
    listener.hearing.forget(100 * 1024)
    assert listener.hearing.frames[0].start == 99 * 1024
    assert listener.hearing.frames[1].start == 100 * 1024


def test_a_new_format_closes_the_slot_and_is_told_of_before_its_sound() -> None:
    listener = Listener()
    coding, packets = source(48_000, 3)
    listener.hear(coding, packets)
    head = listener.lane.head
    other, later = source(44_100, 3)
    listener.hear(other, [(data, stamp + 4 * SECOND_NS) for data, stamp in later])
    assert listener.formats == [coding, other]
    assert listener.cuts[1][1] == head
    assert listener.cuts[1][1] - listener.cuts[1][0] < SLOT
    assert listener.hearing.format == other
    assert listener.hearing.frames[0].start == samples_of(4 * SECOND_NS + later[0][1])


def test_a_new_epoch_closes_the_slot_and_begins_another_where_it_belongs() -> None:
    listener = Listener()
    coding, packets = source(48_000, 3)
    listener.hear(coding, packets)
    head = listener.lane.head
    listener.hear(coding, packets, offset_ns=10 * SECOND_NS, epoch=1)
    assert listener.cuts[1][1:] == (head, 0)
    assert listener.cuts[2][0] == 10 * RATE_HZ + samples_of(packets[0][1])
    assert listener.cuts[2][2] == 1


@pytest.mark.parametrize("by_ns", [HOUR_NS, -HOUR_NS])
@pytest.mark.parametrize("rate_hz", [48_000, 44_100])
def test_stamps_that_jump_alone_leave_the_sound_where_it_is(rate_hz: int, by_ns: int) -> None:
    listener = Listener()
    coding, packets = source(rate_hz)
    base = 2 * HOUR_NS
    half = len(packets) // 2
    listener.hear(coding, [(d, s + base) for d, s in packets[:half]], offset_ns=-base)
    listener.hear(coding, [(d, s + base + by_ns) for d, s in packets[half:]], offset_ns=-base - by_ns)
    listener.hearing.close()
    assert abs(listener.lane.head - len(packets) * 1024 * RATE_HZ / rate_hz) <= 40 + samples_of(packets[0][1])
    assert listener.lane.holes <= samples_of(packets[0][1])


def test_silence_stands_for_sound_that_does_not_come() -> None:
    listener = Listener()
    listener.hearing.fill(5 * RATE_HZ)
    assert listener.lane.head == 0
    coding, packets = source(48_000, 1)
    listener.hear(coding, packets)
    listener.hearing.fill(5 * RATE_HZ)
    assert listener.lane.head == 5 * RATE_HZ
    assert len(listener.cuts) == 2
    listener.hearing.fill(4 * RATE_HZ)
    assert listener.lane.head == 5 * RATE_HZ


def test_a_broken_packet_is_a_hole_and_the_next_one_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    listener = Listener()
    coding, packets = source(48_000)
    broken = [(b"" if number == 30 else data, stamp) for number, (data, stamp) in enumerate(packets)]
    listener.hear(coding, broken)
    assert listener.lane.holes == 1024
    assert "cannot be decoded (1 so far)" in caplog.text
    assert listener.lane.head == len(packets) * 1024


def test_pcm_is_heard_sample_for_sample_and_no_packet_is_kept() -> None:
    listener = Listener()
    sound = speechlike(3, 48_000)
    coding, packets = pcm(sound, 48_000, 960)
    listener.hear(coding, packets)
    assert np.abs(listener.lane.read(0, len(sound)) - sound).max() < 1e-4
    assert not listener.hearing.frames
    assert Carriage.of(coding) == Carriage(48_000, 2, None)


def test_video_is_not_heard() -> None:
    listener = Listener()
    packet = Packet(Track.VIDEO, VideoFormat("h264"), b"x", 0, 0, 0)
    listener.hearing.packet(Placed(packet, Track.VIDEO, 0, 0, 0, 0))
    assert listener.lane.head == 0
