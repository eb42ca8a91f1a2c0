"""Which pairs of languages Apertium has on this machine: a shell pipeline for each, in a mode file."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sts_service.engines.card import primary

FOLDER: Final = Path("/usr/share/apertium/modes")

_NAME = re.compile(r"([a-z]{2,3})(?:_(\w+))?-([a-z]{2,3})(?:_(\w+))?")

# Apertium names most languages by three letters, tags name these by two.
_TWO_LETTERS: Final = {
    "afr": "af", "ara": "ar", "arg": "an", "bel": "be", "bre": "br", "bul": "bg", "cat": "ca", "ces": "cs",
    "cym": "cy", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "epo": "eo", "eus": "eu", "fin": "fi",
    "fra": "fr", "gle": "ga", "glg": "gl", "heb": "he", "hin": "hi", "hun": "hu", "ina": "ia", "ind": "id",
    "isl": "is", "ita": "it", "kat": "ka", "kaz": "kk", "kir": "ky", "lit": "lt", "lvs": "lv", "mkd": "mk",
    "mlt": "mt", "nld": "nl", "nno": "nn", "nob": "nb", "oci": "oc", "pol": "pl", "por": "pt", "ron": "ro",
    "rus": "ru", "slk": "sk", "slv": "sl", "sme": "se", "spa": "es", "sqi": "sq", "srd": "sc", "srp": "sr",
    "swe": "sv", "tat": "tt", "tur": "tr", "ukr": "uk", "urd": "ur", "uzb": "uz", "zlm": "ms",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mode:
    path: Path
    source: str
    """A primary subtag."""
    target: str
    """A primary subtag."""
    variant: str
    """Of the target, `US` or `valencia`; empty for the plain language."""


def installed(folder: Path = FOLDER) -> list[Mode]:
    """The plain languages before their variants; what is not a pair of languages is left out."""
    modes = []
    for path in sorted(folder.glob("*.mode")):
        parts = _NAME.fullmatch(path.stem)
        if parts is not None and parts[2] is None:
            source, target = (_TWO_LETTERS.get(name, name) for name in (parts[1], parts[3]))
            modes.append(Mode(path, source, target, parts[4] or ""))
    return sorted(modes, key=lambda mode: (mode.variant, mode.path.name))


def chosen(modes: Iterable[Mode], source: str, target: str) -> Mode | None:
    """The variant that the target's tag names, else the plain language, else any."""
    fitting = [m for m in modes if (m.source, m.target) == (primary(source), primary(target))]
    subtags = {part.lower() for part in target.split("-")[1:]}
    named = (mode for mode in fitting if mode.variant.lower() in subtags)
    return next(named, fitting[0] if fitting else None)


def programs(mode: str) -> list[str]:
    """Those of a mode file, for a shell, each told to answer at every null character.

    `$1` stands for the option about unknown words, here to leave them unmarked; `$2` for one of the tagger.
    """
    told = []
    for program in mode.strip().split("|"):
        name, _, arguments = program.strip().partition(" ")
        told.append(f"{name} -z {arguments}".replace("$1", "-n").replace("$2", "").strip())
    return told
