"""The environment's values, of every service: wrong ones are named, secret ones never shown."""

import dataclasses
from collections.abc import Iterator
from typing import Any

from media_service.config.settings import WorkerSettings
from media_service.orchestrator.settings import OrchestratorSettings
from service_kit.settings import SettingError, Settings, variable
from sts_service.echo.settings import EchoSettings

from fuzz.feed import Feed, piece
from fuzz.promises import hold

TABLES: tuple[type[Settings], ...] = (WorkerSettings, OrchestratorSettings, EchoSettings)
BEGINNINGS: tuple[dict[str, str], ...] = (
    {
        "WORKER_STREAM_ID": "s",
        "WORKER_INPUT_URL": "rtmp://host.example/live/in",
        "WORKER_OUTPUT_URL": "rtmp://host.example/live/out",
        "WORKER_STS_MODE": "passthrough",
    },
    {"LIVEDUB_STS_SERVICE_URL": "http://127.0.0.1:8000"},
    {},
)
SHORTEST = 6
MOST = 6


def one(data: bytes) -> None:
    feed = Feed(data)
    number = feed.number() % len(TABLES)
    table = TABLES[number]
    rows: list[dataclasses.Field[Any]] = list(dataclasses.fields(table))
    environ, secret = dict(BEGINNINGS[number]), []
    for _ in range(MOST):
        if not feed:
            break
        row = rows[feed.number() % len(rows)]
        value = feed.piece().decode("utf-8", "surrogateescape").replace("\0", "")
        environ[variable(row, table.PREFIX)] = value
        if row.metadata["secret"] and "url" not in row.name and len(value) >= SHORTEST:
            secret.append(value)
    try:
        settings = table.load([], environ, prog="p", description="d")
    except SettingError as wrong:
        hold(not any(_tells(one, wrong, rows, table) for one in secret), "no secret in a message")
        return
    hold(not any(one in repr(settings) for one in secret if len(one) > 3 * SHORTEST), "none in what is shown")
    if isinstance(settings, WorkerSettings):
        settings.conceal("".join(environ.values()))


def _tells(
    secret: str, wrong: Exception, rows: "list[dataclasses.Field[Any]]", table: type[Settings]
) -> bool:
    return secret in str(wrong) and secret not in _names(rows, table)


def _names(rows: "list[dataclasses.Field[Any]]", table: type[Settings]) -> str:
    """What a message says anyway."""
    return " ".join(variable(row, table.PREFIX) for row in rows)


def seeds() -> Iterator[bytes]:
    for number, table in enumerate(TABLES):
        rows = dataclasses.fields(table)
        for place, row in enumerate(rows):
            value = str(row.default if row.default is not dataclasses.MISSING else "x")
            yield bytes([number, place]) + piece(value.encode())
