"""The tables of the README are those of the code."""

import dataclasses
from pathlib import Path

import livedub
from docs.page import section
from livedub.errors import EXIT_CODES
from livedub.settings import TABLES
from livedub.settings.file import parse_file
from livedub.verbs import VERBS
from service_kit.settings import default_text, help_text, name_of, variable

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_verbs_are_those_of_the_command() -> None:
    rows = section(README, "livedub").tables()[0]
    assert [(row["verb"], row["does"]) for row in rows] == [
        (f"livedub {verb.name}", verb.does) for verb in VERBS
    ]


def test_the_settings_are_those_of_the_tables() -> None:
    expected: dict[str, tuple[str, str, str, list[str]]] = {}
    for verb, table in TABLES.items():
        for row in dataclasses.fields(table):
            told = (variable(row, table.PREFIX), default_text(row), help_text(row))
            expected.setdefault(name_of(row), (*told, []))[3].append(verb)
    shown = {
        row["setting"]: (row["variable"], row["default"], row["meaning"], row["verbs"])
        for row in section(README, "Settings").table()
    }
    assert shown == {
        name: (*told, "all" if len(verbs) == len(TABLES) else ", ".join(verbs))
        for name, (*told, verbs) in expected.items()
    }


def test_the_exit_codes_are_those_of_the_errors() -> None:
    rows = section(README, "Exit codes").table()
    assert {int(row["code"]): row["means"] for row in rows} == dict(EXIT_CODES)


def test_the_file_that_is_shown_is_right_and_has_every_section() -> None:
    (block,) = section(README, "Settings").blocks("toml")
    assert set(parse_file("livedub.toml", block.text).sections) == {"engines", "worker", "echo"}


def test_the_rooms_are_those_of_the_package() -> None:
    root = Path(str(livedub.__file__)).parent
    there = {
        path.stem for path in root.iterdir() if not path.name.startswith("_") and path.suffix in ("", ".py")
    }
    assert {row["livedub/"] for row in section(README, "The rooms").table()} == there
