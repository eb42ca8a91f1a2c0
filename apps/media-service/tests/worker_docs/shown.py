"""The commands that the worker's README shows, as it shows them."""

import shlex
import sys
from pathlib import Path

from docs.page import Section, sections

README = Path(__file__).resolve().parents[2] / "README.md"
WORKER = ["-m", "media_service.worker"]


def environment() -> dict[str, str]:
    """What the `export` lines set."""
    words = [shlex.split(line) for line in lines(everything()) if line.startswith("export ")]
    return dict(pair.split("=", 1) for line in words for pair in line[1:])


def everything() -> Section:
    """All but the orchestrator's section, whose commands are run by its own tests."""
    (orchestrator,) = (found for found in sections(README) if found.title == "The orchestrator")
    page = sections(README)[0]
    return Section(page.level, page.title, page.lines[: -len(orchestrator.lines)])


def lines(section: Section) -> list[str]:
    return [line for block in section.blocks("sh") for line in block.lines]


def command(line: str, *replaced: tuple[str, str]) -> list[str]:
    for shown, real in replaced:
        line = line.replace(shown, real)
    return [sys.executable if word == ".venv/bin/python" else word for word in shlex.split(line)]


def start_lines(title: str) -> list[str]:
    (section,) = (found for found in sections(README) if found.title == title)
    return [line for line in lines(section) if "media_service.worker --stream-id" in line]
