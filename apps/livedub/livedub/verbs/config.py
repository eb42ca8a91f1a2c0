"""`livedub config show`"""

import dataclasses
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from media_service.config import HIDDEN, mask
from service_kit.settings import name_of, variable

from livedub.errors import OK
from livedub.settings import TABLES, CommonSettings, ConfigFile, Given, Reading, is_key
from livedub.settings.reading import gather
from livedub.settings.sections import SECTIONS


@dataclass(frozen=True)
class Shown:
    """A setting as anybody may see it."""

    name: str
    value: Any
    origin: str


def run(reading: Reading[CommonSettings]) -> int:
    shown = list(everything(reading, os.environ))
    if reading.settings.json:
        told = {each.name: {"value": each.value, "origin": each.origin} for each in shown}
        sys.stdout.write(orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())
        return OK
    names, values = (
        max(map(len, column)) for column in zip(*((e.name, _text(e.value)) for e in shown), strict=True)
    )
    for each in shown:
        sys.stdout.write(f"{each.name:<{names}}  {_text(each.value):<{values}}  {each.origin}\n")
    return OK


def everything(reading: Reading[CommonSettings], environ: Mapping[str, str]) -> Iterator[Shown]:
    """The rows of all verbs, each once, then what the services are told beside their defaults."""
    seen: set[str] = set()
    for table in (type(reading.settings), *TABLES.values()):
        own = isinstance(reading.settings, table)
        given = reading.given if own else gather(table, {}, environ, reading.file)
        for row in dataclasses.fields(table):
            name = name_of(row)
            if name not in seen:
                seen.add(name)
                found = given[name]
                if name == "config" and found.value is None and reading.file.is_there:
                    found = Given(reading.file.name, "found in this folder")
                yield Shown(name, _visible(row, found.value), found.origin)
    for section in SECTIONS:
        yield from _of_section(section, reading.file, environ)


def _of_section(name: str, file: ConfigFile, environ: Mapping[str, str]) -> Iterator[Shown]:
    section = SECTIONS[name]
    said = file.sections.get(name, {})
    for key, row in section.rows().items():
        called = variable(row, section.table.PREFIX)
        if key in section.taken:
            continue
        if environ.get(called, "") != "":
            yield Shown(f"[{name}] {key}", _visible(row, environ[called]), called)
        elif key in said:
            yield Shown(f"[{name}] {key}", _visible(row, said[key]), file.name)


def _visible(row: "dataclasses.Field[Any]", value: Any) -> Any:
    if value is None or value is dataclasses.MISSING:
        return None
    if not row.metadata["secret"]:
        return value
    if is_key(row):
        return HIDDEN
    return mask(str(value))


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)
