"""A service's settings are one frozen dataclass: each field is a row (name, type, default, help).

The command line, the environment, the validation and the documentation come from it. A flag beats the
variable, the variable beats the default.
"""

import argparse
import dataclasses
import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self


class SettingError(ValueError):
    """A wrong setting; the message names it."""


def setting(
    default: Any,
    help: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    choices: Sequence[str] | None = None,
    secret: bool = False,
    kind: type = str,
    name: str | None = None,
) -> Any:
    """A row of the table; `kind` is the type of a setting that is unset by default, `name` what people call
    it where its field must be called otherwise.
    """
    row = {
        "help": help,
        "kind": kind if default is None or default is dataclasses.MISSING else type(default),
        "at_least": at_least,
        "at_most": at_most,
        "choices": choices,
        "secret": secret,
        "name": name,
    }
    return dataclasses.field(default=default, repr=not secret, metadata=row)


def required(help: str, **rules: Any) -> Any:
    """A row without a default; `rules` as for `setting`."""
    return setting(dataclasses.MISSING, help, **rules)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a service's table derives from."""

    PREFIX: ClassVar[str] = ""
    """Stands before the name of every environment variable."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field, variable(field, self.PREFIX), getattr(self, field.name))

    @classmethod
    def load(
        cls,
        arguments: Sequence[str],
        environ: Mapping[str, str],
        *,
        prog: str,
        description: str,
        examples: Sequence[str] = (),
    ) -> Self:
        """From the command line and the environment. Raises `SettingError`; `--help` prints and exits."""
        known, unknown = _parser(cls, prog, description, examples).parse_known_args(arguments)
        if unknown:
            # Without its value: a mistyped flag may carry a key.
            raise SettingError(f"{unknown[0].partition('=')[0]}: no such setting")
        flags = vars(known)
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            text = flags[field.name]
            name, fallback = flag(field), variable(field, cls.PREFIX)
            if text is None and environ.get(fallback, "") != "":
                text, name = environ[fallback], fallback
            if text is not None:
                values[field.name] = parse(field, name, text)
        missing = [field for field in dataclasses.fields(cls) if _is_missing(field, values)]
        if missing:
            names = ", ".join(variable(field, cls.PREFIX) for field in missing)
            raise SettingError(f"{names}: required, and not set")
        return cls(**values)


def name_of(field: "dataclasses.Field[Any]") -> str:
    """What people call a setting."""
    return str(field.metadata["name"] or field.name)


def variable(field: "dataclasses.Field[Any]", prefix: str = "") -> str:
    """The environment variable of a setting; a prefix that its name begins with is not said twice."""
    name = name_of(field).upper()
    return name if name.startswith(prefix) else prefix + name


def flag(field: "dataclasses.Field[Any]") -> str:
    """The command-line flag of a setting."""
    return "--" + name_of(field).replace("_", "-")


def default_text(field: "dataclasses.Field[Any]") -> str:
    """A default as the documentation shows it."""
    if field.default is dataclasses.MISSING:
        return "required"
    if field.default is None:
        return "unset"
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


def help_text(field: "dataclasses.Field[Any]") -> str:
    """What a setting means and which values it takes, as the documentation shows it."""
    choices = field.metadata["choices"]
    return str(field.metadata["help"]) + (f" ({', '.join(choices)})" if choices else "")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise SettingError(message)


def _parser(
    table: type[Settings], prog: str, description: str, examples: Sequence[str]
) -> argparse.ArgumentParser:
    epilog = "A flag beats its environment variable, the variable beats the default."
    if examples:
        epilog += "\n\n" + "\n  ".join(("examples:", *examples))
    parser = _Parser(
        prog=prog,
        description=textwrap.fill(description),
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for field in dataclasses.fields(table):
        kind: type = field.metadata["kind"]
        default = default_text(field)
        parser.add_argument(
            flag(field),
            dest=field.name,
            metavar=kind.__name__.upper(),
            # A flag alone turns something on.
            nargs="?" if kind is bool else None,
            const="true" if kind is bool else None,
            help=f"{help_text(field)} [{variable(field, table.PREFIX)}, "
            f"{default if default == 'required' else f'default {default}'}]",
        )
    return parser


def _is_missing(field: "dataclasses.Field[Any]", values: Mapping[str, object]) -> bool:
    return field.default is dataclasses.MISSING and field.name not in values


def parse(field: "dataclasses.Field[Any]", name: str, text: object) -> Any:
    """A setting's value from a text; an error says `name`."""
    kind = field.metadata["kind"]
    try:
        if kind is bool:
            return _BOOLEANS[str(text).lower()]
        return kind(text) if isinstance(text, str) else kind("")
    except (ValueError, KeyError):
        shown = "the value" if field.metadata["secret"] else repr(text)
        raise SettingError(f"{name}: {shown} is not {_NAMES[kind]}") from None


_BOOLEANS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}

_NAMES = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}


def _check(field: "dataclasses.Field[Any]", name: str, value: Any) -> None:
    row = field.metadata
    if value is None:
        return
    if row["choices"] and value not in row["choices"]:
        raise SettingError(f"{name}: {value!r} is none of {', '.join(row['choices'])}")
    if row["kind"] is float and not math.isfinite(value):
        raise SettingError(f"{name}: {value} is not a finite number")
    if row["at_least"] is not None and value < row["at_least"]:
        raise SettingError(f"{name}: {value} is below {row['at_least']}")
    if row["at_most"] is not None and value > row["at_most"]:
        raise SettingError(f"{name}: {value} is above {row['at_most']}")
    if row["secret"] and not value:
        raise SettingError(f"{name}: is empty; leave it unset instead")
