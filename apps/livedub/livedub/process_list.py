"""Secrets that were typed on the command line, moved to where no other user can read them. Pure."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from media_service.config import mask
from service_kit.settings import flag, variable

from livedub.settings import CommonSettings, is_key
from livedub.verbs import Verb


@dataclass(frozen=True)
class Hidden:
    arguments: list[str]
    variables: dict[str, str]


def without_secrets(
    verb: Verb, table: type[CommonSettings], words: Mapping[str, str | None]
) -> Hidden | None:
    """The same command with its secrets as variables; None where nothing secret was typed."""
    rows = [row for row in dataclasses.fields(table) if words.get(row.name) is not None]
    secret = {row.name for row in rows if row.metadata["secret"] and _tells(row, str(words[row.name]))}
    if not secret:
        return None
    if secret & set(verb.words):
        # They are known by their order, so all of them go.
        secret |= set(verb.words)
    arguments: list[str] = []
    variables: dict[str, str] = {}
    for row in rows:
        text = str(words[row.name])
        if row.name in secret:
            variables[variable(row, table.PREFIX)] = text
        elif row.name in verb.words:
            arguments.append(text)
        else:
            arguments.append(_flagged(row, text))
    return Hidden(arguments, variables)


def _flagged(row: "dataclasses.Field[Any]", text: str) -> str:
    if row.metadata["kind"] is bool:
        return flag(row) if text == "true" else f"--no-{flag(row)[2:]}"
    return f"{flag(row)}={text}"


def _tells(row: "dataclasses.Field[Any]", text: str) -> bool:
    """A URL or a path without any secret may stand where it is."""
    return text != "" and (mask(text) != text or is_key(row))
