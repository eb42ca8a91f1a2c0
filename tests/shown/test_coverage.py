"""No command is shown that nobody runs."""

import ast
import re
from pathlib import Path

import pytest
from docs.page import TREE

from shown.coverage import COVERED, Covered
from shown.pages import PAGES, name, shown

LOOKS_LIKE_A_COMMAND = re.compile(
    r"^(\$ |sudo )?(make|curl|ff[a-z]+|docker|pip|python3?|git|cp|systemctl|livedub|npm|\.venv/|scripts/)\b"
)
each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def covering(page: str, command: str) -> list[Covered]:
    return [one for one in COVERED if one.page == page and re.fullmatch(one.pattern, command)]


@each_page
def test_every_command_of_a_page_is_run_by_one_test_or_has_a_reason(page: Path) -> None:
    found = {command: len(covering(name(page), command)) for command in shown(page)}
    assert {command: count for command, count in found.items() if count != 1} == {}


def test_a_new_command_would_be_missed() -> None:
    assert covering("README.md", "make coffee") == []
    assert covering("docs/faq.md", "make test") == []


@each_page
def test_commands_stand_in_blocks_that_say_so(page: Path) -> None:
    hidden, language = [], None
    for line in page.read_text("utf-8").splitlines():
        if line.startswith("```"):
            language = (line[3:].strip() or "none") if language is None else None
        elif language not in (None, "sh") and LOOKS_LIKE_A_COMMAND.match(line):
            hidden.append(line)
    assert hidden == []


@pytest.mark.parametrize("one", COVERED, ids=lambda one: f"{one.page}: {one.pattern}")
def test_a_row_of_the_list_is_needed_and_its_test_exists(one: Covered) -> None:
    assert any(one in covering(one.page, command) for command in shown(one.page))
    assert bool(one.test) != bool(one.reason)
    if one.test:
        file, _, test = one.test.partition("::")
        module = ast.parse((TREE / file).read_text("utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert test in {node.name for node in module.body if isinstance(node, functions)}
