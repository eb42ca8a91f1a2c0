"""What a publisher writes into a path and a query: ids, languages, voices, names for the log."""

from collections.abc import Iterator

from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.files import is_preview_name, static_parts
from media_service.orchestrator.names.ingest import PLACE, IngestPath, asked_by
from media_service.orchestrator.names.stream_id import LONGEST_ID
from media_service.orchestrator.names.words import LONGEST_NAME, check_source, who

from fuzz.feed import Feed, piece
from fuzz.promises import hold

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def one(data: bytes) -> None:
    feed = Feed(data)
    template, path, query, word = (feed.piece().decode("utf-8", "surrogateescape") for _ in range(4))
    try:
        ingest = IngestPath(template)
    except ValueError:
        ingest = IngestPath(f"live/{PLACE}/in")
    try:
        stream_id = ingest.stream_id(path)
        if stream_id is not None:
            hold(set(stream_id) <= PLAIN and len(stream_id) <= LONGEST_ID, "an id that is a name of a file")
            hold(ingest.template.replace(PLACE, stream_id) == path.removeprefix("/"), "the path is the id's")
        asked = asked_by(query)
        hold(all(value.isprintable() for value in asked.values()), "words that can be shown")
        hold(set(asked) <= {"target_language", "source_language", "voice", "mix"}, "no other setting")
        check_source(word)
        hold(word.isprintable() and word.encode() is not None, "a source's id can be shown")
    except Refused as refused:
        hold(len(str(refused)) < 300 and str(refused).isprintable(), "a line for a person")
    shown = who(word)
    hold(shown.isprintable() and 0 < len(shown) <= LONGEST_NAME, "a name for the log is one line")
    parts = static_parts(path)
    hold(
        parts is None or not any(part in ("", ".", "..") or "/" in part for part in parts),
        "inside its folder",
    )
    hold(not is_preview_name(word) or ("/" not in word and ".." not in word), "a preview's own file")


def _four(template: str, path: str, query: str, word: str) -> bytes:
    return b"".join(piece(text.encode()) for text in (template, path, query, word))


def seeds() -> Iterator[bytes]:
    yield _four("live/{id}/in", "live/match-1/in", "lang=es&from=en&voice=Ana&mix=duck", "abc-1")
    yield _four("{id}", "/x", "?lang=es-419&token=t", "12.ts")
    yield _four("a/{id}", "a/../../etc", "lang=%00&voice=%0a%1b[31m", "index.m3u8")
    yield _four("", "js/app.js", "&" * 40, "a\nb\x1b[2J\u202e")
