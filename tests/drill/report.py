"""The table of all scenarios: what was promised, what was found, and the page that keeps it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from drill.findings import Findings
from drill.scenario import PAUSE_MS, Scenario
from drill.verdict import broken

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- drill -->\n", "<!-- /drill -->\n"
HEAD = (
    "| scenario | fault | promised | output paused | picture or sound lacking | A/V afterwards | "
    "original slots | recovered after | |\n"
    "| --- | --- | --- | --: | --: | --: | --: | --: | --- |\n"
)
STATED = 3
"""Columns that the scenario itself says; the others were found."""


def stated(scenario: Scenario) -> list[str]:
    return [scenario.name, scenario.fault, promised(scenario)]


def promised(scenario: Scenario) -> str:
    promise = scenario.promise
    words = [promise.reason] if promise.reason else []
    if promise.exit_code is None:
        words.append(f"within {promise.recovery_s:g} s" if promise.recovery_s >= 1 else "nothing is noticed")
        if promise.reason and promise.recovery_s < 1:
            words.pop()
    return "; ".join(words)


def found(scenario: Scenario, findings: Findings) -> list[str]:
    problems = broken(scenario, findings)
    ended = scenario.promise.exit_code is not None
    worst_ms = max(findings.av_ms, key=abs) if findings.av_ms else None
    return [
        "" if ended else _length(findings.sound_pause_ms, findings),
        "" if ended else _length(findings.lack_ms, findings),
        "" if worst_ms is None or ended else f"{worst_ms:+.1f} ms",
        f"{findings.originals} of {findings.slots}",
        f"exit {findings.exit_code}" if ended else f"{findings.recovery_s:.1f} s",
        f"**broken**: {'; '.join(problems)}" if problems else "kept",
    ]


def _length(length_ms: float, findings: Findings) -> str:
    busy_ms = findings.machine_late_ms
    tells = PAUSE_MS < length_ms < PAUSE_MS + busy_ms
    return f"{length_ms:.0f} ms" + (f" (machine busy for {busy_ms:.0f})" if tells else "")


def row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def table(scenarios: Sequence[Scenario], rows: Mapping[str, str]) -> str:
    """`rows` by scenario; those that none was played of are left out."""
    return HEAD + "".join(rows[each.name] for each in scenarios if each.name in rows)


def rows_of(page: str) -> dict[str, str]:
    """What the page has of each scenario."""
    _, _, rest = page.partition(BEGIN)
    kept, _, _ = rest.partition(END)
    lines = [line for line in kept.splitlines(keepends=True) if line.startswith("| ")]
    return {cells(line)[0]: line for line in lines[2:]}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def written(page: str, scenarios: Sequence[Scenario], new: Mapping[str, Findings]) -> str:
    """The page with the rows of what was played; those of others stay, those of no scenario go."""
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not begins or not ends:
        raise ValueError(f"the page has no place for the table, between {BEGIN.strip()} and {END.strip()}")
    rows = rows_of(page)
    for scenario in scenarios:
        if scenario.name in new:
            rows[scenario.name] = row([*stated(scenario), *found(scenario, new[scenario.name])])
    return f"{before}{begins}\n{table(scenarios, rows)}\n{ends}{after}"


def line(scenario: Scenario, findings: Findings) -> str:
    """For whoever waits for the end."""
    paused, lacked, sync, originals, recovered, verdict = found(scenario, findings)
    figures = [paused and f"paused {paused}", lacked and f"lacked {lacked}", sync and f"A/V {sync}"]
    figures += [f"original {originals}", recovered, verdict.replace("*", "")]
    return f"{scenario.name} ({scenario.fault}): {', '.join(filter(None, figures))}"
