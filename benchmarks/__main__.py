"""One verb a benchmark; without a verb, all of them."""

import sys
from collections.abc import Callable, Sequence

from benchmarks import echo, load, sts, worker

VERBS: dict[str, Callable[[Sequence[str]], None]] = {
    "echo": echo.main,
    "worker": worker.main,
    "sts": sts.main,
    "load": load.main,
}


def main(arguments: Sequence[str]) -> int:
    if not arguments:
        for benchmark in VERBS.values():
            benchmark([])
        return 0
    verb, *options = arguments
    if verb not in VERBS:
        print(f"usage: python -m benchmarks [{' | '.join(VERBS)}] [options]", file=sys.stderr)
        return 2
    VERBS[verb](options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
