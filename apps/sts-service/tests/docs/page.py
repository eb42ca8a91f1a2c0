"""A Markdown page read into what tests compare: sections, tables, fenced blocks."""

import re
from dataclasses import dataclass
from pathlib import Path

TREE = Path(__file__).resolve().parents[4]
PROTOCOL = TREE / "docs/protocol.md"
SERVICE_README = TREE / "apps/sts-service/README.md"
LIBRARY_README = TREE / "libs/dubbing-protocol/README.md"

Row = dict[str, str]

_HEADING = re.compile(r"^(#+) (.+)$")
_FENCE = re.compile(r"^```(.*)$")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after its fence, and its lines."""

    words: list[str]
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under a heading, sub-headings and all."""

    level: int
    title: str
    lines: list[str]

    def tables(self) -> list[list[Row]]:
        """Every table, a row as a dict from column to cell, without backticks and link targets."""
        tables: list[list[Row]] = []
        header: list[str] = []
        for line in self.lines:
            if not line.startswith("|"):
                header = []
                continue
            cells = [_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            if not header:
                header = cells
                tables.append([])
            elif not set("".join(cells)) <= set("-: "):
                assert len(cells) == len(header), f"under {self.title!r}: {line}"
                tables[-1].append(dict(zip(header, cells, strict=True)))
        return tables

    def table(self) -> list[Row]:
        """The only table."""
        (table,) = self.tables()
        return table

    def blocks(self, language: str) -> list[Block]:
        blocks: list[Block] = []
        words: list[str] | None = None
        lines: list[str] = []
        for line in self.lines:
            fence = _FENCE.match(line)
            if fence and words is None:
                words, lines = fence[1].split(), []
            elif fence:
                blocks.append(Block(words or [], lines))
                words = None
            elif words is not None:
                lines.append(line)
        return [block for block in blocks if block.words[:1] == [language]]


def sections(page: Path) -> list[Section]:
    """Every section, with those under it, in order; the first is the whole page."""
    lines = page.read_text("utf-8").splitlines()
    found = [Section(0, str(page.name), lines)]
    fenced = False
    for number, line in enumerate(lines):
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading:
            level = len(heading[1])
            found.append(Section(level, _plain(heading[2]), _until_as_high(lines[number + 1 :], level)))
    return found


def section(page: Path, title: str) -> Section:
    """The only section of this title."""
    named = [found for found in sections(page) if found.title == title]
    assert len(named) == 1, f"{page.name} has {len(named)} sections named {title!r}"
    return named[0]


def _until_as_high(lines: list[str], level: int) -> list[str]:
    kept: list[str] = []
    fenced = False
    for line in lines:
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading and len(heading[1]) <= level:
            break
        kept.append(line)
    return kept


def _plain(text: str) -> str:
    return _LINK.sub(r"\1", text).replace("`", "").replace("\\|", "|").strip()
