"""XTTS v2's files, and what its text front end can be given."""

import os
from importlib.util import find_spec
from pathlib import Path

from sts_service.engines import EngineSettings, NotHere
from sts_service.engines.model_files import fetch, in_cache, in_folder

REPO = "coqui/XTTS-v2"
FILES = ("config.json", "model.pth", "vocab.json")
PATTERNS = (*FILES, "speakers_xtts.pth")

LANGUAGES = (
    "ar",
    "cs",
    "de",
    "en",
    "es",
    "fr",
    "hi",
    "hu",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "ru",
    "tr",
    "zh",
)
_NEEDS = {"zh": ("pypinyin",), "ja": ("cutlet", "fugashi"), "ko": ("hangul_romanize", "ko_speech_tools")}
"""Packages of which one tells that coqui-tts was installed with the language."""

_FOLDERS = ("XTTS-v2", "xtts", "xtts_v2", "tts_models--multilingual--multi-dataset--xtts_v2")
_HINDI_DIGITS = ("शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ")


def languages() -> tuple[str, ...]:
    """Those whose text front end is installed."""
    return tuple(code for code in LANGUAGES if code not in _NEEDS or any(map(find_spec, _NEEDS[code])))


def on_disk(settings: EngineSettings) -> Path | None:
    """In `MODEL_PATH` where that is set, else in the hub's cache."""
    if settings.model_path is not None:
        return in_folder(settings, _FOLDERS, FILES)
    return in_cache(REPO, FILES)


def get(settings: EngineSettings) -> Path:
    """The model's folder, fetched first where that is wanted and needed."""
    found = on_disk(settings)
    if found is not None:
        return found
    if may_fetch(settings):
        return fetch(REPO, PATTERNS)
    raise NotHere(
        f"XTTS v2 is not on disk: put {REPO} into MODEL_PATH/XTTS-v2, or set DOWNLOAD_MODELS=true and, "
        "if you agree to its licence (no commercial use), COQUI_TOS_AGREED=1"
    )


def may_fetch(settings: EngineSettings) -> bool:
    """Its licence wants to be agreed to, in the way that coqui-tts asks for it."""
    return settings.download_models and os.environ.get("COQUI_TOS_AGREED") == "1"


def readable(text: str, language: str) -> str:
    """The front end cannot read Hindi numbers: their digits are named one by one."""
    if language != "hi":
        return text
    named = (f" {_HINDI_DIGITS[int(mark)]} " if mark.isdecimal() else mark for mark in text)
    return " ".join("".join(named).split())
