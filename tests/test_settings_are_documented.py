"""Every setting of every service stands in .env.example and in a README, as its table has it."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docs.page import TREE, sections
from livedub.settings.env_example import FILE, text, variables
from livedub.settings.env_example import sections as tables
from service_kit.settings import SettingError, Settings, default_text, help_text, variable

READMES = [*TREE.glob("apps/*/README.md")]
PAGES = [*TREE.glob("*.md"), *TREE.glob("docs/*.md"), *TREE.glob("deploy/*.md"), *READMES]
NOT_OURS = {"LIVEDUB_URL"}
"""deploy/mediamtx-hook reads it, which is no service."""
ROWS = [(who, row, table.PREFIX) for who, (_, table) in tables().items() for row in dataclasses.fields(table)]


def test_the_example_is_what_the_tables_say() -> None:
    assert (TREE / FILE).read_text("utf-8") == text(), "run make env-example"


def test_the_example_is_complete_and_names_each_variable_once() -> None:
    named = re.findall(r"^#([A-Z][A-Z0-9_]*)=", (TREE / FILE).read_text("utf-8"), re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == {variable(row, prefix) for _, row, prefix in ROWS} == variables().keys()


def test_the_example_sets_nothing_and_holds_no_secret() -> None:
    lines = (TREE / FILE).read_text("utf-8").splitlines()
    assert all(line == "" or line.startswith("#") for line in lines)
    for _, row, prefix in ROWS:
        if row.metadata["secret"] and row.default in (None, dataclasses.MISSING):
            assert f"#{variable(row, prefix)}=" in lines


@pytest.mark.parametrize("who", tables())
def test_whoever_takes_every_comment_sign_away_has_changed_nothing(who: str) -> None:
    _, table = tables()[who]
    everything = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", text(), re.MULTILINE))
    asked = {variable(row, table.PREFIX): row for row in dataclasses.fields(table)}
    for name, row in asked.items():
        if everything[name]:
            told = default_text(row) if row.default is not dataclasses.MISSING else ""
            assert everything[name] == told, name
    assert _loaded(table, everything) == _loaded(table, {})


def _loaded(table: type[Settings], environ: dict[str, str]) -> str:
    """The settings, or what is wrong with them."""
    try:
        return repr(table.load((), environ, prog="", description=""))
    except SettingError as error:
        return str(error)


def test_every_table_of_the_packages_is_among_them() -> None:
    known = {one.__name__ for _, table in tables().values() for one in table.__mro__}
    found = set(_tables_in_the_source())
    assert {"WorkerSettings", "OrchestratorSettings", "FullSettings", "EchoSettings", "DubSettings"} <= found
    assert found - known == set()


def _tables_in_the_source() -> Iterator[str]:
    """What derives from service_kit's `Settings`, at any remove."""
    bases = {
        node.name: {_name(base) for base in node.bases}
        for path in TREE.glob("apps/*/*/**/*.py")
        if "tests" not in path.relative_to(TREE).parts[:3]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    derived = {"Settings"}
    while more := {name for name, its in bases.items() if its & derived} - derived:
        derived |= more
        yield from more


def _name(base: ast.expr) -> str:
    return base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""


EXCEPTION = re.compile(r"the default of `(\w+)` is `([^`]+)`")


def documented() -> dict[str, set[tuple[str, str]]]:
    """Default and meaning by variable, as the READMEs' tables have them, and the words below a table."""
    found: dict[str, set[tuple[str, str]]] = {}
    for page in READMES:
        exceptions = dict(EXCEPTION.findall(page.read_text("utf-8")))
        for table in sections(page)[0].tables():
            for row in table:
                if {"variable", "default", "meaning"} <= row.keys():
                    defaults = {row["default"], exceptions.get(row.get("setting", ""), row["default"])}
                    told = found.setdefault(row["variable"], set())
                    told |= {(default, row["meaning"]) for default in defaults}
    return found


def test_every_setting_stands_in_a_readme_with_its_default_and_meaning() -> None:
    told = documented()

    def missing(row: "dataclasses.Field[Any]", name: str) -> bool:
        return (default_text(row), help_text(row)) not in told.get(name, set())

    assert [
        (who, variable(row, prefix)) for who, row, prefix in ROWS if missing(row, variable(row, prefix))
    ] == []


def test_no_readme_tells_of_a_setting_that_does_not_exist() -> None:
    assert documented().keys() == variables().keys()


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(TREE)))
def test_every_variable_that_a_page_names_exists(page: Path) -> None:
    named = set(re.findall(r"\b(?:WORKER|LIVEDUB)_[A-Z0-9_]*[A-Z0-9]\b(?!_?\*)", page.read_text("utf-8")))
    assert named - variables().keys() - NOT_OURS == set()
