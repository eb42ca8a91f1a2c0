"""The tables, by version: each entry brings a database of the version before up to its own."""

import sqlite3

from media_service.orchestrator.errors import SettingsWrong

_STEPS = (
    """
    CREATE TABLE stream (
        stream_id TEXT PRIMARY KEY,
        origin TEXT NOT NULL,
        input_url TEXT,
        output_url TEXT,
        source_language TEXT NOT NULL,
        target_language TEXT NOT NULL,
        voice TEXT NOT NULL,
        mix TEXT NOT NULL,
        forward_urls TEXT NOT NULL,
        enabled INTEGER NOT NULL,
        mode TEXT NOT NULL,
        source TEXT,
        created_unix_ms INTEGER NOT NULL,
        updated_unix_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE action (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        at_unix_ms INTEGER NOT NULL,
        who TEXT NOT NULL,
        what TEXT NOT NULL,
        stream_id TEXT,
        detail TEXT
    ) STRICT;
    CREATE INDEX action_of_stream ON action (stream_id, number);
    """,
)
VERSION = len(_STEPS)


def bring_up_to_date(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise SettingsWrong(
            f"LIVEDUB_STATE_DIR: its database is of version {version}; this livedub knows only {VERSION}"
        )
    for number, step in enumerate(_STEPS[version:], version + 1):
        # One transaction with the version's number: a step is done whole, or not.
        database.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version = {number}; COMMIT;")
