"""Whisper models in CTranslate2's format: their names, their files, their languages."""

from pathlib import Path

from sts_service.engines import EngineSettings, NotHere
from sts_service.engines.model_files import fetch, in_cache, in_folder

FILES = ("model.bin", "config.json", "tokenizer.json")
"""Without the tokenizer faster-whisper would ask the hub for one, in the middle of the start."""

PATTERNS = ("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json", "vocabulary.*")

_REPOS = {
    "large": "Systran/faster-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
}
_LANGUAGES = """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr
    ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc
    pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh
"""
_OTHER_TAGS = {"nb": "no", "jv": "jw", "fil": "tl"}
"""What the protocol's tags call a language that Whisper calls otherwise."""


def whisper_language(language: str) -> str:
    """Whisper's code for a tag."""
    code = language.partition("-")[0].lower()
    return _OTHER_TAGS.get(code, code)


def languages(name: str) -> tuple[str, ...]:
    """Of a model, by its name; tags as the protocol says them."""
    if name.endswith(".en"):
        return ("en",)
    return tuple(sorted({*_LANGUAGES.split(), *_OTHER_TAGS}))


def repo_of(name: str) -> str:
    """On the hub."""
    if "/" in name:
        return name
    if name.startswith("distil-"):
        return _REPOS.get(name, f"Systran/faster-distil-whisper-{name.removeprefix('distil-')}")
    return _REPOS.get(name, f"Systran/faster-whisper-{name}")


def on_disk(settings: EngineSettings) -> Path | None:
    """In `MODEL_PATH` where that is set, else in the hub's cache."""
    name = settings.whisper_model
    if settings.model_path is None:
        return in_cache(repo_of(name), FILES)
    short = repo_of(name).rpartition("/")[2]
    return in_folder(settings, (name, short, f"whisper-{name}"), FILES)


def get(settings: EngineSettings) -> Path:
    """The model's folder, fetched first where that is wanted and needed."""
    found = on_disk(settings)
    if found is not None:
        return found
    if settings.download_models:
        return fetch(repo_of(settings.whisper_model), PATTERNS)
    raise NotHere(missing(settings))


def missing(settings: EngineSettings) -> str:
    """What to do about it."""
    name = settings.whisper_model
    place = "the hub's cache" if settings.model_path is None else f"MODEL_PATH, {settings.model_path}"
    return (
        f"WHISPER_MODEL {name} is not in {place}: set DOWNLOAD_MODELS=true to fetch {repo_of(name)}, "
        f"or put it into MODEL_PATH/{name}"
    )
