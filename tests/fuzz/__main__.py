"""`make fuzz`: every target for a while, one after the other, and a table of what it came to.

    python -m fuzz [--minutes N | --runs N] [TARGET ...]

What is found is written into `.fuzz/TARGET`, and named; what is learnt stays in there for the next time.
"""

import argparse
import sys

from fuzz.campaign import HEADS, play
from fuzz.targets import NAMES


def main() -> int:
    words = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    words.add_argument("--minutes", type=float, help="so long in all (5)")
    words.add_argument("--runs", type=int, help="so many executions of each target instead")
    words.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    asked = words.parse_args()
    targets = asked.targets or NAMES
    if unknown := set(targets) - set(NAMES):
        words.error(f"no such target: {', '.join(sorted(unknown))}")
    seconds = (asked.minutes or 5) * 60 / len(targets)
    print("| " + " | ".join(HEADS) + " |\n" + "| --- " * len(HEADS) + "|")
    found = executions = 0
    for name in targets:
        played = play(name, None if asked.runs else seconds, asked.runs)
        print(played.row(), flush=True)
        found += len(played.findings) + (not played.ended_well)
        executions += played.executions
        for line in played.told:
            print(f"    {line}")
    print(f"{executions} executions, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
