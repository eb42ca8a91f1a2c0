"""The small words of a stream's settings: languages, voices, mixes, and who did something."""

import re

from media_service.orchestrator.errors import Refused
from media_service.orchestrator.names.patterns import LANGUAGE, SOURCE, VOICE

MIXES = ("replace", "duck")
LONGEST_VOICE = 128
LONGEST_LANGUAGE = 30
LONGEST_NAME = 64
LONGEST_SOURCE = 128

_LANGUAGE = re.compile(LANGUAGE)
_VOICE = re.compile(VOICE)
_SOURCE = re.compile(SOURCE)
_HALF = re.compile(r"[\ud800-\udfff]")
"""Half a character: no text that can be written down has one."""


def check_language(text: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        raise Refused("a language is a tag such as en or es-419")
    return text


def check_voice(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_VOICE or not _VOICE.fullmatch(text) or _HALF.search(text):
        raise Refused(f"a voice is a name of 1 to {LONGEST_VOICE} characters that can be seen")
    return text


def check_mix(text: str) -> str:
    if text not in MIXES:
        raise Refused(f"mix is one of {', '.join(MIXES)}")
    return text


def check_source(text: str) -> str:
    """A media server's id of a publisher's session; empty where it has none."""
    if len(text) > LONGEST_SOURCE or not _SOURCE.fullmatch(text) or _HALF.search(text):
        raise Refused(f"a source's id is at most {LONGEST_SOURCE} characters that can be seen")
    return text


def who(given: str | None, otherwise: str = "api") -> str:
    """The name under which an action is logged: what can be shown of what was given."""
    shown = "".join(letter for letter in given or "" if letter.isprintable()).strip()
    return shown[:LONGEST_NAME] or otherwise
