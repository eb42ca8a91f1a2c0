"""`livedub.toml`: the settings of this command at its top, those of the services in sections of their own."""

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service_kit.settings import SettingError, name_of, parse

from livedub.settings.sections import SECTIONS
from livedub.settings.tables import FILE, TABLES

_KINDS: Mapping[type, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}
_NAMES: Mapping[type, str] = {
    str: 'text in quotes ("es")',
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


@dataclass(frozen=True)
class ConfigFile:
    """Checked: every name is a setting, every value of its kind."""

    name: str = FILE
    values: Mapping[str, Any] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    is_there: bool = False


def rows() -> Mapping[str, "dataclasses.Field[Any]"]:
    """Of all verbs together, by the name that people use."""
    return {name_of(row): row for table in TABLES.values() for row in dataclasses.fields(table)}


def read_file(named: str | None) -> ConfigFile:
    """`named`, else the one in this folder, else nothing. Raises `SettingError`."""
    path = Path(named or FILE)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if named is None:
            return ConfigFile()
        raise SettingError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: cannot be read ({type(error).__name__})") from None
    return parse_file(str(path), text)


def parse_file(name: str, text: str) -> ConfigFile:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{name}: {error}") from None
    known = {key: row for key, row in rows().items() if key != "config"}
    values = {key: value for key, value in found.items() if key not in SECTIONS}
    sections = {key: value for key, value in found.items() if key in SECTIONS}
    _check(name, "", known, values)
    for key, section in sections.items():
        if not isinstance(section, dict):
            raise SettingError(f"{name}: {key} is a section: [{key}]")
        _check(name, f"[{key}] ", SECTIONS[key].rows(), section)
        for row in SECTIONS[key].taken & section.keys():
            raise SettingError(f"{name}: [{key}] {row}: is set by livedub itself")
    return ConfigFile(name, values, sections, is_there=True)


def _check(
    name: str, where: str, known: Mapping[str, "dataclasses.Field[Any]"], values: Mapping[str, Any]
) -> None:
    for key, value in values.items():
        row = known.get(key)
        if row is None:
            near = "".join(f"; did you mean {each}?" for each in _near(key, known))
            raise SettingError(f"{name}: {where}{key}: no such setting{near}")
        kind = row.metadata["kind"]
        if not isinstance(value, _KINDS[kind]) or (kind is not bool and isinstance(value, bool)):
            raise SettingError(f"{name}: {where}{key}: {_NAMES[kind]} is needed")
        if kind is not bool:
            parse(row, f"{name}: {where}{key}", str(value))


def _near(key: str, known: Mapping[str, object]) -> Iterator[str]:
    from difflib import get_close_matches

    yield from get_close_matches(key, known, 1)
