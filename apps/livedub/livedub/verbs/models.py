"""`livedub models pull`: a model from the hub, or from a folder, to where the engines look."""

import os
import shutil
import sys
from pathlib import Path

import orjson
from sts_service.asr import whisper_models
from sts_service.engines.errors import NotHere
from sts_service.engines.model_files import fetch
from sts_service.tts import xtts_model

from livedub.errors import OK, SettingsWrong
from livedub.settings import ModelsSettings, Reading
from livedub.settings.sections import full_settings

MODEL_PATH = "MODEL_PATH"


def run(reading: Reading[ModelsSettings]) -> int:
    settings = reading.settings
    place = settings.into or full_settings(reading.file.sections, os.environ).model_path
    folder = pull(settings.model, Path(place) if place is not None else None)
    if settings.json:
        sys.stdout.write(orjson.dumps({"folder": str(folder)}, option=orjson.OPT_APPEND_NEWLINE).decode())
    else:
        sys.stdout.write(f"{settings.model} is in {folder}\n")
        if settings.into is not None:
            sys.stdout.write(f"engines look there with {MODEL_PATH}={settings.into}\n")
    return OK


def pull(model: str, place: Path | None) -> Path:
    """The model's folder. Raises `SettingsWrong` in one line."""
    if Path(model).is_dir():
        return _copied(Path(model), place)
    if model.startswith((".", "/", "~")):
        raise SettingsWrong(f"{model}: no such folder")
    repo, patterns = _on_the_hub(model)
    try:
        found = fetch(repo, patterns)
    except NotHere as reason:
        raise SettingsWrong(f"{reason}; where the hub is out of reach, pull a folder") from None
    if not any(found.iterdir()):
        raise SettingsWrong(f"{repo} holds nothing that an engine here reads")
    return found if place is None else _copied(found, place, model.rpartition("/")[2])


def _on_the_hub(model: str) -> tuple[str, tuple[str, ...]]:
    if model == "xtts":
        return xtts_model.REPO, tuple(xtts_model.PATTERNS)
    return whisper_models.repo_of(model), whisper_models.PATTERNS


def _copied(source: Path, place: Path | None, name: str | None = None) -> Path:
    if place is None:
        raise SettingsWrong(f"{source} is a folder: say with --into, or by {MODEL_PATH}, where it is to go")
    goal = place / (name or source.resolve().name)
    if goal.resolve() == source.resolve():
        return goal
    part = goal.with_name(f".{goal.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        place.mkdir(parents=True, exist_ok=True)
        # A hub's snapshot is links into its cache; what is copied stands alone.
        shutil.copytree(source, part)
        shutil.rmtree(goal, ignore_errors=True)
        part.rename(goal)
    except OSError as error:
        raise SettingsWrong(f"{goal}: cannot be written: {error.strerror}") from None
    return goal
