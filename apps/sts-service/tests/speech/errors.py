"""Word errors: how many words to change, add or leave out to make what was heard into what was said."""

import re
from collections.abc import Iterable


def words(text: str) -> list[str]:
    """Without case and punctuation."""
    return re.findall(r"[\w']+", text.lower())


def word_errors(said: str, heard: str) -> int:
    expected, found = words(said), words(heard)
    row = list(range(len(found) + 1))
    for count, word in enumerate(expected, start=1):
        diagonal, row[0] = row[0], count
        for at, other in enumerate(found, start=1):
            diagonal, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, diagonal + (word != other))
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """0..1, of all pairs of what was said and what was heard together."""
    counted = [(word_errors(said, heard), len(words(said))) for said, heard in pairs]
    return sum(errors for errors, _ in counted) / sum(length for _, length in counted)
