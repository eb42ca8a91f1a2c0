"""Where a value comes from: a flag beats the variable, that beats the file, that beats the default."""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from service_kit.settings import SettingError, default_text, flag, help_text, name_of, parse, variable

from livedub.settings.file import ConfigFile, read_file
from livedub.settings.tables import CommonSettings

T = TypeVar("T", bound=CommonSettings)


@dataclass(frozen=True)
class Given:
    value: Any
    origin: str
    """The flag, the variable, the file's name or `default`."""


@dataclass(frozen=True)
class Reading(Generic[T]):
    settings: T
    given: Mapping[str, Given]
    """By the name that people use."""
    file: ConfigFile


class Parser(argparse.ArgumentParser):
    """A wrong word is a wrong setting."""

    def error(self, message: str) -> Any:
        raise SettingError(message)


def add_flags(parser: argparse.ArgumentParser, table: type[CommonSettings], words: Sequence[str]) -> None:
    """The table's rows; those in `words` are words on the line instead of flags."""
    for row in dataclasses.fields(table):
        kind: type = row.metadata["kind"]
        default = default_text(row)
        told = default if default == "required" else f"default {default}"
        about = f"{help_text(row)} [{variable(row, table.PREFIX)}, {told}]".replace("%", "%%")
        if row.name in words:
            parser.add_argument(row.name, metavar=row.name.upper(), nargs="?", help=about)
        elif kind is bool:
            # Without a value of its own, so that it does not take the word after it for one.
            parser.add_argument(flag(row), dest=row.name, action="store_const", const="true", help=about)
            no = f"--no-{flag(row)[2:]}"
            parser.add_argument(no, dest=row.name, action="store_const", const="false", help="not so")
        else:
            parser.add_argument(flag(row), dest=row.name, metavar=kind.__name__.upper(), help=about)


def read(
    table: type[T],
    said: Mapping[str, str | None],
    environ: Mapping[str, str],
    *,
    words: Sequence[str] = (),
    file: ConfigFile | None = None,
) -> Reading[T]:
    """`said` is the command line, by field. Raises `SettingError`, which names the place of the value."""
    if file is None:
        file = read_file(said.get("config") or environ.get(f"{table.PREFIX}CONFIG") or None)
    given = gather(table, said, environ, file, words)
    missing = [row for row in _fields(table) if given[name_of(row)].value is dataclasses.MISSING]
    if missing:
        names = " and ".join(_called(row, words) for row in missing)
        row = missing[0]
        where = f"{variable(row, table.PREFIX)} or {name_of(row)} in {file.name}"
        raise SettingError(f"{names}: required, and not set (nor is {where})")
    try:
        settings = table(**{row.name: given[name_of(row)].value for row in _fields(table)})
    except SettingError as error:
        raise SettingError(_named_as_given(str(error), table, given)) from None
    return Reading(settings, given, file)


def gather(
    table: type[CommonSettings],
    said: Mapping[str, str | None],
    environ: Mapping[str, str],
    file: ConfigFile,
    words: Sequence[str] = (),
) -> dict[str, Given]:
    """Every row; what is required and nowhere said is `dataclasses.MISSING`."""
    return {name_of(row): _given(table, row, said, environ, file, words) for row in _fields(table)}


def _fields(table: type[CommonSettings]) -> tuple["dataclasses.Field[Any]", ...]:
    return dataclasses.fields(table)


def _given(
    table: type[CommonSettings],
    row: "dataclasses.Field[Any]",
    said: Mapping[str, str | None],
    environ: Mapping[str, str],
    file: ConfigFile,
    words: Sequence[str],
) -> Given:
    text, name = said.get(row.name), variable(row, table.PREFIX)
    if text is not None:
        called = _called(row, words)
        return Given(parse(row, called, text), called)
    if environ.get(name, "") != "":
        return Given(parse(row, name, environ[name]), name)
    if name_of(row) in file.values:
        value = file.values[name_of(row)]
        # TOML tells 6 from 6.0, people do not.
        return Given(row.metadata["kind"](value), file.name)
    return Given(row.default, "default")


def _called(row: "dataclasses.Field[Any]", words: Sequence[str]) -> str:
    return row.name.upper() if row.name in words else flag(row)


def _named_as_given(message: str, table: type[CommonSettings], given: Mapping[str, Given]) -> str:
    """The table names a wrong value by its variable; the person may have written it elsewhere."""
    named, _, problem = message.partition(":")
    for row in _fields(table):
        origin = given[name_of(row)].origin
        if named == variable(row, table.PREFIX) and origin != named:
            return f"{origin}:{problem}" if origin.startswith("--") else f"{origin}: {name_of(row)}:{problem}"
    return message
