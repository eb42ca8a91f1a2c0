"""Case and a period for what a plain-text transcriber heard.

A translator by rules needs both: it takes `monday` for a word it has never seen.
"""

import re
from typing import Final

from sts_service.engines.card import primary
from sts_service.text.names import Names, names

_WORD = re.compile(r"(\W*)(.*?)((?:['’]s?)?\W*)", re.DOTALL)
_ENDED = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*$")
_OPEN_END = re.compile(r"[\s,;:\-–—、，]+$")
_PERIODS: Final = {"zh": "。", "ja": "。", "hi": "।", "ne": "।"}
_I = re.compile(r"(?<![\w'’.-])i(?=(?:['’](?:m|ll|ve|d|s|re))?(?![\w'’-]|\.\w))")
"""The English pronoun, alone or in `i'm`."""


def finish(text: str, language: str) -> str:
    """A capital at the start, for names and for `I`, a period at the end. Capitals are never taken away."""
    text = " ".join(text.split())
    if not any(char.isalnum() for char in text):
        return text
    if primary(language) == "en":
        text = _I.sub("I", text)
    text = _with_names(text.split(" "), names(language))
    return _closed(_begun(text), _PERIODS.get(primary(language), "."))


def _with_names(words: list[str], known: Names) -> str:
    done: list[str] = []
    while len(done) < len(words):
        at = len(done)
        before = words[at - 1].lower() if at else ""
        for count in range(min(known.longest, len(words) - at), 0, -1):
            named = _named(words[at : at + count], before, known)
            if named is not None:
                done += named
                break
        else:
            done.append(words[at])
    return " ".join(done)


def _named(words: list[str], before: str, known: Names) -> list[str] | None:
    """These words as the name that they are; what stands before and after it, such as `'s`, stays."""
    match = _WORD.fullmatch(" ".join(words))
    if match is None:
        return None
    opening, core, rest = match.groups()
    for heard, left in ((core + rest, ""), (core, rest)):
        name = known.find(before, heard.lower())
        if name is not None:
            # Only what has no capital yet is changed.
            kept = heard if len(words) == 1 and heard != heard.lower() else name
            return f"{opening}{kept}{left}".split(" ")
    return None


def _begun(text: str) -> str:
    at = next(index for index, char in enumerate(text) if char.isalnum())
    return text[:at] + text[at].upper() + text[at + 1 :]


def _closed(text: str, period: str) -> str:
    if _ENDED.search(text):
        return text
    return _OPEN_END.sub("", text) + period
