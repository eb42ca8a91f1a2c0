"""The media server's list against what its hooks told."""

from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.names.ingest import IngestPath
from media_service.orchestrator.wanted.presence import Presence
from media_service.orchestrator.wanted.reconcile import Correction, Known, Listed, corrections

PATH = IngestPath("live/{id}/in").stream_id
NOBODY = Known(frozenset(), False, None)


def test_a_publisher_that_no_hook_told_of_is_found() -> None:
    listed = [Listed("live/a/in", "1"), Listed("live/b/out", "2"), Listed("live/../in", "3")]
    assert corrections(listed, {}, PATH, 10) == [Correction("a", "1")]
    assert corrections(listed, {"a": NOBODY}, PATH, 10) == [Correction("a", "1")]


def test_a_publisher_that_left_unheard_is_missed() -> None:
    known = {"a": Known(frozenset("1"), True, 5), "b": Known(frozenset(), True, None)}
    assert corrections([], known, PATH, 10) == [Correction("a", None), Correction("b", None)]


def test_a_hook_that_came_after_the_question_is_newer_than_the_answer() -> None:
    known = {"a": Known(frozenset("1"), True, 10), "b": Known(frozenset(), False, 11)}
    assert corrections([Listed("live/b/in", "2")], known, PATH, 10) == []


def test_what_was_only_believed_is_confirmed() -> None:
    known = {"a": Known(frozenset(), True, None)}
    assert corrections([Listed("live/a/in", "1")], known, PATH, 10) == [Correction("a", "1")]


@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from("123")),
    st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.sampled_from("123")), max_size=30),
)
def test_once_obeyed_the_list_is_right(listed: dict[str, str], told: list[tuple[str, bool, str]]) -> None:
    streams = {stream_id: Presence() for stream_id in "abcd"}
    for now_s, (stream_id, is_ready, source) in enumerate(told):
        presence = streams[stream_id]
        presence.ready(source, now_s) if is_ready else presence.gone(source, now_s)
    paths = [Listed(f"live/{stream_id}/in", source) for stream_id, source in listed.items()]

    def look(asked_s: float) -> list[Correction]:
        known = {stream_id: presence.known for stream_id, presence in streams.items()}
        return corrections(paths, known, PATH, asked_s)

    for one in look(100):
        if one.source is None:
            streams[one.stream_id].gone("", 101)
        else:
            streams[one.stream_id].ready(one.source, 101, in_order=True)
    assert {stream_id for stream_id, presence in streams.items() if presence.present} == set(listed)
    assert look(200) == []
