"""voices.json: `{"profiles": {NAME: {"engine": "auto", "voices": {LANGUAGE: {ENGINE: {...}}}}}}`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Self

from dubbing_protocol.model import Language, Name
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sts_service.voices.sample import check_sample
from sts_service.voices.wrong import VoicesWrong

DEFAULT = "default"
"""The profile of a stream that names none, so every file has it."""
SAMPLE = "speaker_wav"
"""The field that names a recording to clone, looked for beside the file."""
MOST_BYTES = 4_000_000

EngineName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Profile(_Row):
    description: str = ""
    engine: EngineName = "auto"
    voices: dict[Language, dict[EngineName, dict[str, Any]]]


class _File(_Row):
    profiles: dict[Name, _Profile]


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    engine: str
    """The only synthesiser that it is meant for, or `auto`."""
    voices: Mapping[str, Mapping[str, Mapping[str, Any]]]
    """By language, in small letters, and engine."""

    def voice(self, language: str, engine: str) -> Mapping[str, Any]:
        """What the file says of the language itself, or else of it without its region, its script."""
        wanted = language.lower()
        while wanted:
            found = self.voices.get(wanted, {}).get(engine)
            if found is not None:
                return found
            wanted = wanted.rpartition("-")[0]
        return {}


class Voices:
    """All profiles of a file."""

    def __init__(self, profiles: Mapping[str, Profile]) -> None:
        self._profiles = dict(profiles)

    @classmethod
    def load(cls, path: str | None) -> Self:
        """From the file, or what is shipped. Raises `VoicesWrong`."""
        if path is None:
            shipped = files("sts_service.voices") / "voices.json"
            return cls.parse(shipped.read_bytes(), "the shipped voices.json", None)
        file = Path(path)
        try:
            if file.stat().st_size > MOST_BYTES:
                raise VoicesWrong(f"{path}: larger than {MOST_BYTES} bytes")
            data = file.read_bytes()
        except OSError as error:
            raise VoicesWrong(f"{path}: {error.strerror}") from error
        return cls.parse(data, path, file.parent)

    @classmethod
    def parse(cls, data: bytes, name: str, folder: Path | None) -> Self:
        """`folder` is where recordings are looked for. Raises `VoicesWrong`, which says `name`."""
        return cls(_profiles(data, name, folder))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._profiles)

    def profile(self, name: str) -> Profile | None:
        return self._profiles.get(name)


def _profiles(data: bytes, name: str, folder: Path | None) -> dict[str, Profile]:
    try:
        read = _File.model_validate(json.loads(data, object_pairs_hook=_once))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise VoicesWrong(f"{name}: {_place(first['loc'])}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise VoicesWrong(f"{name}: not readable as JSON: {error}") from error
    if DEFAULT not in read.profiles:
        raise VoicesWrong(f'{name}: profiles: there must be one named "{DEFAULT}"')
    return {key: _profile(key, row, name, folder) for key, row in read.profiles.items()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that is there twice JSON would keep the last, and a voice would be lost unseen."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f'"{name}" is there twice')
        found[name] = value
    return found


def _place(location: tuple[int | str, ...]) -> str:
    path = [str(part) for part in location if part != "[key]"]
    if path[:1] == ["profiles"] and len(path) > 1:
        field = ".".join(path[2:])
        return f'profile "{path[1]}"' + (f": {field}" if field else "")
    return ".".join(path) or "the file"


def _profile(key: str, row: _Profile, name: str, folder: Path | None) -> Profile:
    voices: dict[str, dict[str, Mapping[str, Any]]] = {}
    for language, engines in row.voices.items():
        if language.lower() in voices:
            raise VoicesWrong(f'{name}: profile "{key}": voices.{language}: is there twice')
        mine = voices[language.lower()] = {}
        for engine, settings in engines.items():
            field = f'{name}: profile "{key}": {language}.{engine}'
            mine[engine] = _with_sample(settings, field, folder)
    return Profile(key, row.engine, voices)


def _with_sample(settings: dict[str, Any], field: str, folder: Path | None) -> Mapping[str, Any]:
    if SAMPLE not in settings:
        return settings
    sample = settings[SAMPLE]
    if not isinstance(sample, str) or not sample:
        raise VoicesWrong(f"{field}.{SAMPLE}: the path of a WAV file is needed")
    path = Path(sample) if folder is None else folder / sample
    wrong = check_sample(path)
    if wrong:
        raise VoicesWrong(f"{field}.{SAMPLE}: {sample}: {wrong}")
    return {**settings, SAMPLE: str(path)}
