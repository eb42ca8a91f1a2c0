"""Text in pieces: by sentences, or of no more than so many characters."""

import re

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？।]+[”’」』]*\s*")
_CLAUSE = re.compile(r"[,;:)\]—–]\s+|[、，；：]")
_SPACE = re.compile(r"\s")
_ABBREVIATED = re.compile(
    r"\b(?:[A-Z]|mr|mrs|ms|dr|prof|st|jr|no|nr|vs|mt|gen|col|lt|sen|rep|gov"
    r"|sr|sra|srta|dra|av|ud|uds|mme|mlle|hr|fr|z|e|g|i|p|ca|bzw)\.\s$",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """A period after an abbreviation ends none."""
    text = " ".join(text.split())
    parts: list[str] = []
    begin = 0
    for end in _END.finditer(text):
        if _ABBREVIATED.search(text[begin : end.end()]) is None:
            parts.append(text[begin : end.end()].strip())
            begin = end.end()
    parts.append(text[begin:].strip())
    return [part for part in parts if part]


def pieces(text: str, at_most: int) -> list[str]:
    """Cut where it hurts least: at a sentence's end, a clause's, a space, else anywhere."""
    left = " ".join(text.split())
    parts: list[str] = []
    while len(left) > at_most:
        cut = _cut(left[: at_most + 1], at_most)
        parts.append(left[:cut].strip())
        left = left[cut:].strip()
    if left:
        parts.append(left)
    return parts


def _cut(window: str, at_most: int) -> int:
    for mark in (_END, _CLAUSE, _SPACE):
        # The space after the mark may be the first character too many.
        ends = [
            found.end() for found in mark.finditer(window) if len(window[: found.end()].rstrip()) <= at_most
        ]
        if ends:
            return ends[-1]
    return at_most


def can_be_said(text: str) -> bool:
    """Whether there is a letter or a digit in it: many a synthesiser stumbles over dots alone."""
    return any(character.isalnum() for character in text)
