"""Log lines: whatever words are foreign in one, it stays one line, and steers no terminal."""

import logging
import sys
from collections.abc import Iterator

import orjson
from service_kit.logs import FORMATTERS, named

from fuzz.feed import Feed, piece
from fuzz.promises import hold

STEERING = frozenset("\x1b\r\n\t\x00\x7f\x85\x9b\u2028\u2029\u202e\u2066")


def one(data: bytes) -> None:
    feed = Feed(data)
    kind = sorted(FORMATTERS)[feed.number() % 2]
    words = [feed.piece().decode("utf-8", "surrogateescape") for _ in range(3)]
    record = logging.LogRecord("media_service.x", logging.INFO, "x.py", 1, "%s came", (words[0],), None)
    fields: dict[str, object] = {"stream_id": words[1], "several": [words[2], feed.number(9)]}
    vars(record).update(named(**fields))
    if feed.number() % 2:
        try:
            raise ValueError(words[2])
        except ValueError:
            record.exc_info = sys.exc_info()
    lines = FORMATTERS[kind]().format(record).split("\n")
    hold(not any(STEERING & set(line) for line in lines), "nothing steers a terminal")
    hold(all(line.encode() for line in lines), "it can be written down")
    if kind == "json":
        (line,) = lines
        told = orjson.loads(line)
        hold(told["level"] == "info", "a level is what it was")
    else:
        hold(all(line.startswith("  ") for line in lines[1:]), "one line begins an event")


def seeds() -> Iterator[bytes]:
    for kind in (b"\0", b"\1"):
        for word in (b"match-1", b"a\nb", b"\x1b[2J\x9b", "\u202e\u2028".encode(), b"\xff\xfe", b'"}'):
            yield kind + piece(word) * 3 + bytes(9) + b"\1"
