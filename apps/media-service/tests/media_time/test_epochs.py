import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_service.timeline.epochs import HOLD_NS, MOST_HELD, Epochs, Track
from media_service.timeline.units import MS_NS, SECOND_NS

from media_time.source import AAC_NS, AUDIO, FRAME_NS, VIDEO, Sent, Worker, assert_whole, audio, both, video

HOUR_NS = 3600 * SECOND_NS
S = SECOND_NS


def test_a_late_join_begins_at_media_time_zero() -> None:
    packets = both(0, 5 * S, shift_ns=40 * HOUR_NS)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert worker.placed[0].media_ns == 0
    assert worker.epochs.epoch == 0
    assert {packet.offset_ns for packet in worker.placed} == {-40 * HOUR_NS}


def test_both_tracks_share_one_offset_whichever_begins_first() -> None:
    packets = audio(0, 5 * S) + video(700 * MS_NS, 5 * S)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert {packet.offset_ns for packet in worker.placed} == {0}


@pytest.mark.parametrize("late_s", [1, 9, 60])
def test_a_track_that_begins_late_belongs_to_the_time_of_the_other(late_s: int) -> None:
    packets = audio(0, (late_s + 3) * S, shift_ns=HOUR_NS) + video(
        late_s * S, (late_s + 3) * S, shift_ns=HOUR_NS
    )
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert {packet.offset_ns for packet in worker.placed} == {-HOUR_NS}
    assert worker.epochs.epoch == 0


def test_the_burst_of_a_server_is_one_epoch_from_its_first_packet() -> None:
    """A second of cached media at once, then live."""
    cached = [Sent(p.track, p.number, p.true_ns, p.stamp_ns, p.duration_ns, S) for p in both(0, S)]
    worker = Worker().take(cached + both(S, 4 * S)).settle()
    assert_whole(worker, cached + both(S, 4 * S))
    assert worker.placed[0].media_ns == 0


def swapped(packets: list[Sent], most: int, seed: int) -> list[Sent]:
    """Another interleaving: one track comes up to `most` nanoseconds after the other, in pieces."""
    chance = random.Random(seed)
    late = {AUDIO: 0, VIDEO: 0}
    result = []
    for packet in sorted(packets, key=lambda p: (p.true_ns, p.track.value)):
        if chance.random() < 0.02:
            late[packet.track] = chance.randrange(most + 1)
        result.append((packet, packet.arrives_ns + late[packet.track]))
    last = {AUDIO: 0, VIDEO: 0}
    moved = []
    for packet, arrives in result:
        last[packet.track] = max(last[packet.track], arrives)
        moved.append(
            Sent(
                packet.track,
                packet.number,
                packet.true_ns,
                packet.stamp_ns,
                packet.duration_ns,
                last[packet.track],
            )
        )
    return moved


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS, 3 * S, -3 * S, 60 * S, -800 * MS_NS])
@pytest.mark.parametrize("seed", range(6))
def test_when_both_tracks_jump_time_goes_on_and_sync_stays(jump_ns: int, seed: int) -> None:
    base = 2 * HOUR_NS
    packets = both(0, 5 * S, shift_ns=base) + both(5 * S, 10 * S, shift_ns=base + jump_ns)
    packets = swapped(packets, 150 * MS_NS, seed)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert worker.epochs.epoch == 1
    for epoch in (0, 1):
        assert len({p.offset_ns for p in worker.placed if p.epoch == epoch}) == 1
    before, after = worker.sync_ns(3 * S), worker.sync_ns(8 * S)
    assert before == after == 0
    drawn_out = worker.of(AUDIO)[-1].media_ns - worker.of(AUDIO)[-1].item.true_ns
    assert 0 <= drawn_out <= 250 * MS_NS


def test_a_second_that_both_tracks_leave_out_takes_no_time() -> None:
    """No real second has passed, so none passes for viewers."""
    packets = both(0, 5 * S) + both(5 * S, 9 * S, shift_ns=S)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert worker.epochs.epoch == 1
    assert abs(worker.placed[-1].media_ns - worker.placed[-1].item.true_ns) <= 100 * MS_NS


def test_after_a_pause_of_both_tracks_the_real_time_has_passed() -> None:
    packets = both(0, 5 * S) + both(8 * S, 12 * S, shift_ns=-HOUR_NS)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    first = next(packet for packet in worker.placed if packet.epoch == 1)
    assert abs(first.media_ns - 8 * S) <= 60 * MS_NS


@pytest.mark.parametrize("hole", [AUDIO, VIDEO])
@pytest.mark.parametrize("hole_s", [0.6, 1, 2, 5, 20])
def test_a_hole_in_one_track_is_a_hole_of_that_length(hole: Track, hole_s: float) -> None:
    begin, end = 5 * S, 5 * S + int(hole_s * S)
    packets = [p for p in both(0, 30 * S) if not (p.track is hole and begin <= p.true_ns < end)]
    for seed in range(4):
        arriving = swapped(packets, 200 * MS_NS, seed)
        worker = Worker().take(arriving).settle()
        assert_whole(worker, arriving)
        assert worker.epochs.epoch == 0
        assert {packet.offset_ns for packet in worker.placed} == {0}


@pytest.mark.parametrize("gone_s", [1, 5, 20])
@pytest.mark.parametrize("shift_ns", [0, -HOUR_NS, HOUR_NS])
def test_after_a_reconnection_the_real_time_has_passed(gone_s: int, shift_ns: int) -> None:
    base = 2 * HOUR_NS
    before = both(0, 5 * S, shift_ns=base)
    after = both((5 + gone_s) * S, (10 + gone_s) * S, shift_ns=base + shift_ns)
    worker = Worker().take(before).tick(5 * S)
    worker.take(after, connected=True).settle()
    assert_whole(worker, before + after)
    late = [packet for packet in worker.placed if packet.epoch == 1]
    assert len({packet.offset_ns for packet in late}) == 1
    assert abs(late[0].media_ns - (5 + gone_s) * S) <= 60 * MS_NS


def test_a_reconnection_that_begins_with_a_burst_does_not_overlap_what_went_before() -> None:
    """Two seconds that the server kept, sent again with the live stream half a second after the loss."""
    before = both(0, 5 * S)
    again = [
        Sent(p.track, p.number + 10_000, p.true_ns, p.stamp_ns, p.duration_ns, 5500 * MS_NS)
        for p in both(3500 * MS_NS, 5500 * MS_NS)
    ]
    live = both(5500 * MS_NS, 8 * S)
    worker = Worker().take(before).tick(5300 * MS_NS)
    worker.take(again + live, connected=True).settle()
    assert_whole(worker, before + again + live)


def test_a_burst_after_a_reconnection_is_placed_by_its_newest_packet() -> None:
    before = both(0, 5 * S)
    cached = [
        Sent(p.track, p.number, p.true_ns, p.stamp_ns, p.duration_ns, 15 * S) for p in both(9 * S, 15 * S)
    ]
    live = both(15 * S, 18 * S)
    worker = Worker().take(before).tick(5 * S)
    worker.take(cached + live, connected=True).settle()
    assert abs(worker.placed[-1].media_ns - worker.placed[-1].item.true_ns) <= 60 * MS_NS


def test_what_was_held_of_a_lost_connection_is_lost_with_it() -> None:
    worker = Worker().take(both(0, 5 * S)).tick(5 * S)
    jump = Sent(VIDEO, 9999, 5 * S, HOUR_NS, 0, 5 * S)
    worker.take([jump])
    worker.take(both(8 * S, 9 * S), connected=True).settle()
    assert jump not in [packet.item for packet in worker.placed]


@pytest.mark.parametrize("jump_ns", [HOUR_NS, -HOUR_NS, 4 * S])
@pytest.mark.parametrize("lone", [AUDIO, VIDEO])
def test_a_track_that_jumps_alone_goes_on_where_it_was(lone: Track, jump_ns: int) -> None:
    base = 2 * HOUR_NS
    packets = [
        Sent(
            p.track,
            p.number,
            p.true_ns,
            p.stamp_ns + (jump_ns if p.track is lone and p.true_ns >= 5 * S else 0),
            p.duration_ns,
            p.arrives_ns,
        )
        for p in both(0, 12 * S, shift_ns=base)
    ]
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert worker.epochs.epoch == 0
    other = VIDEO if lone is AUDIO else AUDIO
    assert {packet.offset_ns for packet in worker.of(other)} == {-base}
    assert abs(worker.sync_ns(10 * S)) <= 60 * MS_NS


def test_a_track_that_comes_back_to_the_others_stamps_is_in_sync_again() -> None:
    def stamp(p: Sent) -> int:
        return p.stamp_ns + (HOUR_NS if p.track is AUDIO and 5 * S <= p.true_ns < 10 * S else 0)

    packets = [
        Sent(p.track, p.number, p.true_ns, stamp(p), p.duration_ns, p.arrives_ns) for p in both(0, 15 * S)
    ]
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert worker.sync_ns(14 * S) == 0


def test_tracks_that_never_had_one_time_are_each_played_as_they_come() -> None:
    packets = audio(0, 8 * S) + video(0, 8 * S, shift_ns=HOUR_NS)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert abs(worker.sync_ns(5 * S)) <= 60 * MS_NS
    assert max(packet.media_ns for packet in worker.placed) < 9 * S


def test_a_track_that_comes_late_into_an_epoch_does_not_overlap_what_it_was_before() -> None:
    """A new connection begins with pictures alone; the sound that follows is stamped three seconds before."""
    before, pictures = both(0, 3 * S), video(3 * S, 7 * S)
    sound = audio(4 * S, 7 * S, shift_ns=-3 * S)
    worker = Worker().take(before).tick(3 * S)
    worker.take(pictures + sound, connected=True).settle()
    assert_whole(worker, before + pictures + sound)


def test_tracks_that_jump_to_different_times_are_each_played_as_they_come() -> None:
    base = 2 * HOUR_NS
    packets = (
        both(0, 5 * S, shift_ns=base)
        + audio(5 * S, 12 * S, shift_ns=base + HOUR_NS)
        + video(5 * S, 12 * S, shift_ns=base - HOUR_NS)
    )
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert max(packet.media_ns for packet in worker.placed) < 14 * S


@pytest.mark.parametrize("astray", [AUDIO, VIDEO])
@pytest.mark.parametrize("by_ns", [HOUR_NS, -HOUR_NS, 700 * MS_NS])
def test_one_wrong_stamp_changes_nothing_for_those_after_it(astray: Track, by_ns: int) -> None:
    packets = [
        Sent(
            p.track,
            p.number,
            p.true_ns,
            p.stamp_ns + (by_ns if p.track is astray and p.number == 100 else 0),
            p.duration_ns,
            p.arrives_ns,
        )
        for p in both(0, 10 * S, shift_ns=2 * HOUR_NS)
    ]
    worker = Worker().take(packets).settle()
    assert [p.item for p in worker.of(astray)] == [p for p in packets if p.track is astray]
    assert worker.epochs.epoch == 0
    assert worker.sync_ns(9 * S) == 0
    assert all(abs(p.media_ns - p.item.true_ns) <= 700 * MS_NS for p in worker.placed)


def test_one_wrong_stamp_does_not_hide_the_other_tracks_jump() -> None:
    """Both among the first packets, which are judged together."""
    base = 2 * HOUR_NS
    packets = video(0, FRAME_NS, shift_ns=base) + video(FRAME_NS, 5 * S, shift_ns=base + HOUR_NS)
    for p in audio(0, 5 * S, shift_ns=base):
        astray = HOUR_NS if p.number == 1 else 0
        packets.append(Sent(AUDIO, p.number, p.true_ns, p.stamp_ns + astray, p.duration_ns, p.arrives_ns))
    worker = Worker().take(packets).settle()
    assert [p.item for p in worker.of(VIDEO)] == [p for p in packets if p.track is VIDEO]
    assert max(p.media_ns for p in worker.placed) < 6 * S


def test_a_lone_track_jumps_at_once() -> None:
    packets = audio(0, 5 * S) + audio(5 * S, 8 * S, shift_ns=HOUR_NS)
    worker = Worker().take(packets)
    assert len(worker.placed) == len(packets)
    assert_whole(worker, packets)
    assert worker.epochs.epoch == 1
    assert abs(worker.placed[-1].media_ns - worker.placed[-1].item.true_ns) <= MS_NS


def test_a_slide_show_is_one_epoch() -> None:
    """One picture in two seconds, of no known length."""
    packets = audio(0, 30 * S) + video(0, 30 * S, step_ns=2 * S)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert {packet.offset_ns for packet in worker.placed} == {0}
    assert worker.epochs.epoch == 0


def test_a_variable_frame_rate_is_one_epoch() -> None:
    chance = random.Random(5)
    times = list(itertools.accumulate(chance.choice([8, 16, 33, 120, 450]) * MS_NS for _ in range(100)))
    pictures = [Sent(VIDEO, n, t, t, 0, t) for n, t in enumerate(times)]
    packets = audio(0, times[-1]) + pictures
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert {packet.offset_ns for packet in worker.placed} == {0}


def test_a_jump_waits_for_the_other_track_but_not_for_ever() -> None:
    worker = Worker().take(both(0, 5 * S)).tick(5 * S)
    count = len(worker.placed)
    worker.take([Sent(VIDEO, 9999, 5 * S, HOUR_NS, 0, 5 * S)])
    worker.tick(5 * S + HOLD_NS - 1)
    assert len(worker.placed) == count
    worker.tick(5 * S + HOLD_NS)
    assert len(worker.placed) == count + 1


def test_so_many_packets_wait_and_no_more() -> None:
    worker = Worker().take(both(0, 5 * S)).tick(5 * S)
    count = len(worker.placed)
    at_once = [Sent(VIDEO, 5000 + n, 5 * S, HOUR_NS + n * FRAME_NS, 0, 5 * S) for n in range(MOST_HELD)]
    worker.take(at_once[:-1])
    assert len(worker.placed) == count
    worker.take(at_once[-1:])
    assert len(worker.placed) == count + MOST_HELD


def test_a_file_is_not_gathered() -> None:
    epochs: Epochs[str] = Epochs(gather_ns=0)
    assert len(epochs.place("a", AUDIO, HOUR_NS, AAC_NS, media_now_ns=0, now_ns=0)) == 1
    assert epochs.overdue(0) == []


BASES = st.sampled_from([0, HOUR_NS, -HOUR_NS, 3 * S, -3 * S, 90 * S])
PIECES = st.lists(
    st.tuples(
        st.integers(1, 4000).map(lambda ms: ms * MS_NS),
        BASES,
        BASES,
        st.sampled_from(["both", "both", "audio", "video"]),
        st.sampled_from([0, 0, 700 * MS_NS, 6 * S]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@given(PIECES, st.integers(0, 1000))
@settings(max_examples=200, deadline=None)
def test_whatever_a_source_does_every_packet_comes_out_once_and_in_order(
    pieces: list[tuple[int, int, int, str, int, bool]], seed: int
) -> None:
    """Pieces of the source's life: how long, each track's stamps, which tracks, a pause before, a new
    connection or not.
    """
    worker, now, everything = Worker(), 0, []
    for length, sound_base, picture_base, tracks, pause, connected in pieces:
        begin = now + pause
        now = begin + length
        packets: list[Sent] = []
        if tracks != "video":
            packets += audio(begin, now, shift_ns=10 * HOUR_NS + sound_base)
        if tracks != "audio":
            base = sound_base if seed % 3 else picture_base
            packets += video(begin, now, shift_ns=10 * HOUR_NS + base)
        packets = swapped(packets, 90 * MS_NS, seed)
        if connected:
            worker.tick(begin + HOLD_NS)
            worker.settle()
        everything += packets
        worker.take(packets, connected=connected)
    worker.settle()
    for track in Track:
        sent = [packet for packet in everything if packet.track is track]
        came = worker.of(track)
        assert [packet.item for packet in came] == sent
        for one, two in itertools.pairwise(came):
            # A step back of up to 100 ms in the stamps themselves passes as jitter.
            assert two.media_ns >= one.media_ns - 100 * MS_NS
    assert [p.epoch for p in worker.placed] == sorted(p.epoch for p in worker.placed)
    assert max((p.media_ns for p in worker.placed), default=0) <= now + 20 * S


def test_the_jitter_of_arrival_is_no_pause_where_both_tracks_jump() -> None:
    packets = both(0, 5 * S) + both(5 * S, 8 * S, shift_ns=HOUR_NS, latency_ns=300 * MS_NS)
    worker = Worker().take(packets).settle()
    assert_whole(worker, packets)
    assert abs(worker.placed[-1].media_ns - worker.placed[-1].item.true_ns) <= 60 * MS_NS
