"""What comes from outside and names something."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.ingest import IngestPath, asked_by
from media_service.orchestrator.names.stream_id import check_stream_id
from media_service.orchestrator.names.words import who


@given(st.text(max_size=80))
def test_an_id_that_passes_is_one_plain_word_in_any_path_url_or_line(text: str) -> None:
    try:
        passed = check_stream_id(text)
    except Refused:
        return
    assert passed.isascii()
    assert passed.replace("_", "").replace("-", "").isalnum()
    assert 1 <= len(passed) <= 48
    assert not passed.startswith(("-", "_", "."))
    assert PurePosixPath("folder", f"{passed}.log").parent == PurePosixPath("folder")


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "../x", "a/b", "a b", "a\n", "-rf", "_fwd1-a", "ä", "a" * 49, "$(id)", "a;b", "%2e"],
)
def test_an_id_that_could_be_more_than_a_name_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        check_stream_id(text)


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}", fullmatch=True))
def test_a_streams_path_gives_its_id_back(stream_id: str) -> None:
    for template in ("live/{id}/in", "{id}", "in/{id}", "live/{id}-in"):
        path = IngestPath(template)
        assert path.stream_id(template.replace("{id}", stream_id)) == stream_id
        assert path.stream_id("/" + template.replace("{id}", stream_id)) == stream_id


def test_a_path_that_is_no_streams_input_is_anothers() -> None:
    path = IngestPath("live/{id}/in")
    for other in ("live/a/out", "live//in", "live/in", "vod/a/in", "", "/"):
        assert path.stream_id(other) is None


@pytest.mark.parametrize("text", ["live/../in", "live/a/b/in", "live/a\0/in", "live/./in"])
def test_a_streams_path_with_something_else_for_an_id_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        IngestPath("live/{id}/in").stream_id(text)


@pytest.mark.parametrize("template", ["live/in", "{id}/{id}", "/live/{id}", ""])
def test_a_template_has_one_place_for_the_id(template: str) -> None:
    with pytest.raises(ValueError):
        IngestPath(template)


def test_a_query_sets_language_voice_and_mix_and_nothing_else() -> None:
    assert asked_by("?lang=es-419&voice=anna&mix=duck&from=en&user=u&pass=p") == {
        "target_language": "es-419",
        "voice": "anna",
        "mix": "duck",
        "source_language": "en",
    }
    assert asked_by("") == asked_by("lang=&x=1") == {}


@pytest.mark.parametrize("query", ["lang=e", "lang=es;id", "mix=loud", "voice=a%0ab", "lang=" + "a" * 3000])
def test_a_wrong_word_in_a_query_is_refused(query: str) -> None:
    with pytest.raises(Refused):
        asked_by(query)


@given(st.text(max_size=300))
def test_any_query_is_read_or_refused(query: str) -> None:
    try:
        found = asked_by(query)
    except Refused:
        return
    assert set(found) <= {"target_language", "source_language", "voice", "mix"}


def test_a_name_for_the_log_is_one_line() -> None:
    assert who("mary\nroot: done") == "maryroot: done"
    assert who(" ") == who(None) == "api"
    assert len(who("x" * 500)) == 64
