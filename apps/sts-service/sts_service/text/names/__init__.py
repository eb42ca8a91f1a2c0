"""The words that have a capital, a list a language."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sts_service.engines.card import primary


@dataclass(frozen=True, slots=True)
class Names:
    """Keys are lower case; a name of several words is one key with blanks."""

    always: Mapping[str, str]
    after: Mapping[str, Mapping[str, str]]
    """By the word before: names that elsewhere are common words."""
    longest: int
    """The words of the name that has most of them."""

    def find(self, before: str, words: str) -> str | None:
        return self.always.get(words) or self.after.get(before, {}).get(words)


@cache
def names(language: str) -> Names:
    """Empty for a language without a list."""
    file = files(__name__).joinpath(f"{primary(language)}.txt")
    return read(file.read_text("utf-8") if file.is_file() else "")


def read(text: str) -> Names:
    """Lines of names with commas between; `word, word : Name, Name` binds names to the word before;
    `Name = heard` gives one that is heard otherwise; `#` begins a comment.
    """
    always: dict[str, str] = {}
    after: dict[str, dict[str, str]] = {}
    for line in text.splitlines():
        line = line.partition("#")[0]
        words_before, _, listed = line.rpartition(":")
        found = dict(_entry(item) for item in listed.split(",") if item.strip())
        if words_before:
            for word in words_before.split(","):
                after.setdefault(word.strip(), {}).update(found)
        else:
            always |= found
    return Names(always, after, max((len(key.split()) for key in always), default=1))


def _entry(item: str) -> tuple[str, str]:
    name, _, heard = item.partition("=")
    return (heard.strip() or name.strip().lower()), name.strip()
