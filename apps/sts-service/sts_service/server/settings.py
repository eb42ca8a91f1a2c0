"""The settings mechanism and the server's own table.

A service's settings are one frozen dataclass: each field is a row (name, type, default, help), and the
command line, the environment, the validation and the documentation come from it. A flag beats the
variable, the variable beats the default.
"""

import argparse
import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sts_service.server.effects import Limits
from sts_service.server.flow import Thresholds


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
) -> Any:
    """A row of the table; `kind` is the type of a setting that is unset by default."""
    row = {
        "help": help,
        "kind": kind if default is None else type(default),
        "at_least": at_least,
        "at_most": at_most,
        "choices": choices,
        "secret": secret,
    }
    return dataclasses.field(default=default, repr=not secret, metadata=row)


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """What every speech-to-speech service has."""

    host: str = setting("127.0.0.1", "address to listen on")
    port: int = setting(8000, "port to listen on; 0 picks a free one", at_least=0, at_most=65535)
    sts_api_key: str | None = setting(None, "token that a worker must send as auth.token", secret=True)
    ws_max_connections: int = setting(100, "connections at once", at_least=1, at_most=100_000)
    ws_connect_rate_per_s: int = setting(50, "new connections a second and peer address", at_least=1)
    queue_max_depth: int = setting(400, "fragments in flight, all streams together", at_least=1)
    backpressure_threshold_low: int = setting(1, "first count in flight of level low", at_least=1)
    backpressure_threshold_medium: int = setting(4, "first count in flight of level medium", at_least=1)
    backpressure_threshold_high: int = setting(7, "first count in flight of level high", at_least=1)
    backpressure_threshold_critical: int = setting(
        10, "most in flight a stream, and the width of its reorder window", at_least=1, at_most=1000
    )
    fragment_max_bytes: int = setting(
        10_485_760, "largest audio of a fragment, bytes of base64", at_least=1024, at_most=45_000_000
    )
    fragment_rate_per_min: int = setting(600, "fragments a minute and stream", at_least=1)
    auto_disconnect_delay_s: float = setting(
        5.0, "seconds from stream:complete to the end of the connection", at_least=0, at_most=3600
    )
    idle_timeout_s: float = setting(
        60.0, "seconds of silence after which a connection is closed", at_least=0.1
    )
    log_level: str = setting("info", "how much to log", choices=("debug", "info", "warning", "error"))
    log_format: str = setting("json", "how to log", choices=("json", "text"))

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field, getattr(self, field.name))
        check_thresholds("BACKPRESSURE_THRESHOLD", self._own_thresholds)

    @property
    def thresholds(self) -> Thresholds:
        """Those in force."""
        return self._own_thresholds

    @property
    def _own_thresholds(self) -> Thresholds:
        return Thresholds(
            low=self.backpressure_threshold_low,
            medium=self.backpressure_threshold_medium,
            high=self.backpressure_threshold_high,
            cap=self.backpressure_threshold_critical,
        )

    @property
    def limits(self) -> Limits:
        return Limits(
            thresholds=self.thresholds,
            fragment_max_bytes=self.fragment_max_bytes,
            fragment_rate_per_min=self.fragment_rate_per_min,
            auto_disconnect_delay_s=self.auto_disconnect_delay_s,
        )

    @classmethod
    def load(
        cls, arguments: Sequence[str], environ: Mapping[str, str], *, prog: str, description: str
    ) -> Self:
        """From the command line and the environment. Raises `SettingError`; `--help` prints and exits."""
        known, unknown = _parser(cls, prog, description).parse_known_args(arguments)
        if unknown:
            # Without its value: a mistyped flag may carry a key.
            raise SettingError(f"{unknown[0].partition('=')[0]}: no such setting")
        flags = vars(known)
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            text = flags[field.name]
            name = _flag(field)
            if text is None and environ.get(variable(field), "") != "":
                text, name = environ[variable(field)], variable(field)
            if text is not None:
                values[field.name] = _parse(field, name, text)
        return cls(**values)


def check_thresholds(names: str, levels: Thresholds) -> None:
    """Raises `SettingError` where the levels do not rise."""
    if not (levels.low < levels.medium < levels.high <= levels.cap):
        given = f"{levels.low}, {levels.medium}, {levels.high}, {levels.cap}"
        raise SettingError(f"{names}_*: LOW < MEDIUM < HIGH <= CRITICAL is needed, not {given}")


def variable(field: "dataclasses.Field[Any]") -> str:
    """The environment variable of a setting."""
    return field.name.upper()


def _flag(field: "dataclasses.Field[Any]") -> str:
    return "--" + field.name.replace("_", "-")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise SettingError(message)


def _parser(table: type[ServerSettings], prog: str, description: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        description=description,
        epilog="A flag beats its environment variable, the variable beats the default.",
        allow_abbrev=False,
    )
    for field in dataclasses.fields(table):
        row = field.metadata
        default = "unset" if field.default is None else field.default
        choices = f" ({', '.join(row['choices'])})" if row["choices"] else ""
        parser.add_argument(
            _flag(field),
            metavar=row["kind"].__name__.upper(),
            help=f"{row['help']}{choices} [{variable(field)}, default {default}]",
        )
    return parser


def _parse(field: "dataclasses.Field[Any]", name: str, text: object) -> Any:
    kind = field.metadata["kind"]
    try:
        return kind(text) if isinstance(text, str) else kind("")
    except ValueError:
        shown = "the value" if field.metadata["secret"] else repr(text)
        raise SettingError(f"{name}: {shown} is not {_NAMES[kind]}") from None


_NAMES = {int: "a whole number", float: "a number", str: "text"}


def _check(field: "dataclasses.Field[Any]", value: Any) -> None:
    row, name = field.metadata, variable(field)
    if value is None:
        return
    if row["choices"] and value not in row["choices"]:
        raise SettingError(f"{name}: {value!r} is none of {', '.join(row['choices'])}")
    if row["kind"] is float and not math.isfinite(value):
        raise SettingError(f"{name}: {value} is not a number of seconds")
    if row["at_least"] is not None and value < row["at_least"]:
        raise SettingError(f"{name}: {value} is below {row['at_least']}")
    if row["at_most"] is not None and value > row["at_most"]:
        raise SettingError(f"{name}: {value} is above {row['at_most']}")
    if row["secret"] and not value:
        raise SettingError(f"{name}: is empty; leave it unset to require no key")
