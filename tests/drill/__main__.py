"""Plays the drill and prints its table: `python -m drill [--write] [WORD ...]`."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from drill import report
from drill.findings import Findings
from drill.run import AT_ONCE, drill
from drill.scenario import Scenario
from drill.scenarios import SCENARIOS
from drill.verdict import broken


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m drill", description=__doc__)
    parser.add_argument("words", nargs="*", help="only scenarios whose names hold one of these")
    parser.add_argument("--write", action="store_true", help="write the rows into docs/reliability.md")
    parser.add_argument("--short", action="store_true", help="only those that `make test-all` plays")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="scenarios side by side")
    given = parser.parse_args(arguments)
    wanted = [
        each
        for each in SCENARIOS
        if (not given.words or any(word in each.name for word in given.words))
        and (each.short or not given.short)
    ]
    if not wanted:
        print("no scenario has such a name", file=sys.stderr)
        return 2

    def told(scenario: Scenario, findings: Findings) -> None:
        print(report.line(scenario, findings), flush=True)

    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        played = asyncio.run(drill(wanted, Path(folder), told, at_once=given.at_once))
    rows = {
        each.name: report.row([*report.stated(each), *report.found(each, played[each.name])])
        for each in wanted
    }
    print("\n" + report.table(wanted, rows))
    if given.write:
        report.PAGE.write_text(report.written(report.PAGE.read_text(), SCENARIOS, played))
    return 1 if any(broken(each, played[each.name]) for each in wanted) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
