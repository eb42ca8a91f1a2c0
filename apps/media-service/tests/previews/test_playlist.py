"""The playlist's window: what is listed, what is deleted, and that players are never told anything twice."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from media_service.preview.playlist import KEPT_BEYOND, LEAST_IN_WINDOW, Playlist
from media_service.timeline.units import MS_NS, SECOND_NS

from previews.found import parse

WINDOW_NS = 12 * SECOND_NS
segments = st.lists(st.tuples(st.integers(1, 20_000), st.booleans()), min_size=1, max_size=60)


def added(playlist: Playlist, duration_ns: int, **changes: Any) -> list[str]:
    wanted: dict[str, Any] = {"discontinuity": False, "window_ns": WINDOW_NS, **changes}
    return playlist.add(duration_ns, 0, **wanted)


@given(segments)
def test_the_window_covers_what_it_must_and_little_more(given_: list[tuple[int, bool]]) -> None:
    playlist = Playlist(1000)
    total_ns = 0
    for ms, discontinuity in given_:
        first = parse(playlist.text()).sequence
        added(playlist, ms * MS_NS, discontinuity=discontinuity)
        total_ns += ms * MS_NS
        seen = parse(playlist.text())
        assert seen.length_ns >= min(total_ns, WINDOW_NS)
        if seen.sequence > first:
            assert seen.length_ns >= LEAST_IN_WINDOW * seen.target_s * SECOND_NS
        if len(seen.parts) > LEAST_IN_WINDOW:
            rest_ns = seen.length_ns - seen.parts[0].duration_ns
            # A long segment that has just left no longer counts for the target.
            assert rest_ns < max(WINDOW_NS, LEAST_IN_WINDOW * 20 * SECOND_NS)
        assert all(part.duration_ns <= seen.target_s * SECOND_NS for part in seen.parts)


@given(segments)
def test_each_file_is_deleted_once_in_order_and_never_while_it_is_listed(
    given_: list[tuple[int, bool]],
) -> None:
    playlist = Playlist(7)
    written: list[str] = []
    deleted: list[str] = []
    for ms, _ in given_:
        written.append(playlist.next_name)
        deleted += added(playlist, ms * MS_NS)
        listed = [part.name for part in parse(playlist.text()).parts]
        assert written[-len(listed) :] == listed
        assert deleted == written[: len(deleted)]
        assert len(written) - len(deleted) - len(listed) <= KEPT_BEYOND
        assert not set(deleted) & set(listed)


@given(segments)
def test_numbers_of_segments_and_of_discontinuities_count_on(given_: list[tuple[int, bool]]) -> None:
    playlist = Playlist(500)
    told: dict[str, tuple[int, int]] = {}
    for ms, discontinuity in given_:
        added(playlist, ms * MS_NS, discontinuity=discontinuity)
        seen = parse(playlist.text())
        timeline = seen.discontinuity_sequence
        for part in seen.parts:
            timeline += part.discontinuity
            # The same file, the same number and the same timeline, in whichever playlist it stands.
            assert told.setdefault(part.name, (part.number, timeline)) == (part.number, timeline)
            assert part.name == f"{part.number}.ts"


def test_a_window_that_grows_keeps_what_it_has() -> None:
    playlist = Playlist(0)
    for _ in range(20):
        added(playlist, 2 * SECOND_NS)
    assert parse(playlist.text()).length_ns == WINDOW_NS
    for _ in range(20):
        added(playlist, 2 * SECOND_NS, window_ns=2 * WINDOW_NS)
    assert parse(playlist.text()).length_ns == 2 * WINDOW_NS


def test_one_long_group_of_pictures_does_not_slow_players_down_for_ever() -> None:
    playlist = Playlist(0)
    added(playlist, 20 * SECOND_NS)
    assert parse(playlist.text()).target_s == 20
    for _ in range(40):
        added(playlist, 2 * SECOND_NS)
    assert parse(playlist.text()).target_s == 2


def test_dates_are_iso_8601_to_the_millisecond() -> None:
    playlist = Playlist(0)
    playlist.add(SECOND_NS, 1_700_000_000_123_456_789, discontinuity=False, window_ns=WINDOW_NS)
    assert "#EXT-X-PROGRAM-DATE-TIME:2023-11-14T22:13:20.123Z\n" in playlist.text()
    assert parse(playlist.text()).parts[0].wall_ns == 1_700_000_000_123_000_000
