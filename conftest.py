"""How the tests are spread over lanes, processes that run side by side (`make test`).

A test folder is played in one lane, in its usual order: what its tests share is made once. A lane that is
through takes the next folder, so a new folder finds its place by itself. `REAL_TIME` and `ALONE` are for
those that would otherwise fail for want of a core.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

REAL_TIME = (
    "apps/media-service/tests/live",
    "apps/media-service/tests/faults",
    "apps/media-service/tests/formats",
    "apps/media-service/tests/recording",
    "apps/livedub/tests/demo_live",
    "tests/e2e",
    "tests/drill",
)
"""Folders that play programmes as they would be on air, with many programs at once. The first lane begins
with them, one after the other, and the other lanes give way to it.
"""

ALONE = ("apps/sts-service/tests/load", "apps/sts-service/tests/flood")
"""Folders that measure the machine too: the first lane plays them when the other lanes have ended."""

AGAIN = "lanes/again"
"""Where pytest's cache tells `scripts/test` what is to be played once more, alone."""
MOST_AGAIN = 3
"""Modules: where more fail it is no busy machine's doing."""

FIRST_LANE = "gw0"
GIVES_WAY = 5
"""The niceness of the other lanes."""

# How long an example takes tells of the other lanes, not of the code.
settings.register_profile("thorough", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=40)
QUICK = "not slow"
"""What is asked for by `make test`, whose examples are fewer where a test does not say how many it needs."""

FIGURES = "figures of "
"""A property of a test whose name begins so is shown at the end of the run."""

SHOWN = 12
"""So many folders are shown at the end, by their time."""


def folder_of(nodeid: str) -> str:
    return nodeid.partition("::")[0].rpartition("/")[0]


def is_in(folder: str, rooms: tuple[str, ...]) -> bool:
    return any(f"{folder}/".startswith(f"{room}/") for room in rooms)


def next_folder(waiting: dict[str, int], *, first_lane: bool, lanes: int) -> str | None:
    """What a lane takes. `waiting`: the folders that no lane has taken, and how many tests each has."""
    real_time = [folder for folder in waiting if is_in(folder, REAL_TIME)]
    alone = [folder for folder in waiting if is_in(folder, ALONE)]
    others = [folder for folder in waiting if folder not in real_time + alone]
    if not first_lane:
        choice = others
    elif lanes == 1:
        choice = real_time or others or alone
    else:
        choice = real_time or others
    # Begun late, a long one would go on when the other lanes are through.
    return max(choice, key=lambda folder: waiting[folder], default=None)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    from xdist.scheduler import LoadScopeScheduling
    from xdist.workermanage import WorkerController

    class Lanes(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return folder_of(nodeid)

        def _is_first(self, node: WorkerController) -> bool:
            return node is min(self.nodes, key=lambda each: each.gateway.id)

        def _next(self, node: WorkerController) -> str | None:
            waiting = {folder: len(tests) for folder, tests in self.workqueue.items()}
            return next_folder(waiting, first_lane=self._is_first(node), lanes=len(self.nodes))

        def _assign_work_unit(self, node: WorkerController) -> None:
            if (folder := self._next(node)) is not None:
                self.workqueue.move_to_end(folder, last=False)
                super()._assign_work_unit(node)

        def _reschedule(self, node: WorkerController) -> None:
            """A lane that may take nothing more ends; the first waits for the others then."""
            if self.workqueue and self._next(node) is None:
                if not self._is_first(node):
                    node.shutdown()
                return
            super()._reschedule(node)

        def remove_node(self, node: WorkerController) -> str | None:
            crashed_in: str | None = super().remove_node(node)
            for left in self.nodes:
                self._reschedule(left)
            return crashed_in

    return Lanes(config, log)


class Shown:
    """What is told at the end of the run: figures that tests recorded, and where the time went."""

    def __init__(self) -> None:
        self._figures: dict[str, list[str]] = defaultdict(list)
        self._tests: Counter[str] = Counter()
        self._seconds: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        node = getattr(report, "node", None)
        lane = node.gateway.id if node else "this process"
        self._seconds[lane][folder_of(report.nodeid)] += report.duration
        if report.when == "teardown":
            self._tests[lane] += 1
            for name, line in report.user_properties:
                if name.startswith(FIGURES):
                    self._figures[name].append(str(line))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name, lines in self._figures.items():
            terminalreporter.section(name)
            for line in lines:
                terminalreporter.line(line)
        if len(self._seconds) < 2:
            return
        terminalreporter.section("lanes")
        for lane, seconds in sorted(self._seconds.items()):
            terminalreporter.line(f"{lane}: {self._tests[lane]} tests in {sum(seconds.values()):.0f} s")
        folders = [each for seconds in self._seconds.values() for each in seconds.items()]
        longest = sorted(folders, key=lambda each: -each[1])[:SHOWN]
        terminalreporter.line("longest: " + ", ".join(f"{name} {took_s:.0f} s" for name, took_s in longest))


class Failed:
    """What failed beside the other lanes: where it is little, it may be the machine's doing."""

    def __init__(self) -> None:
        self._failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._failed.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        modules = {nodeid.partition("::")[0] for nodeid in self._failed}
        if (cache := getattr(session.config, "cache", None)) is not None:
            cache.set(AGAIN, sorted(self._failed) if len(modules) <= MOST_AGAIN else [])


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("quick" if config.option.markexpr == QUICK else "thorough")
    lane = getattr(config, "workerinput", {}).get("workerid")
    if lane is None:
        config.pluginmanager.register(Shown(), "what-is-shown")
        config.pluginmanager.register(Failed(), "what-is-played-again")
    elif lane != FIRST_LANE:
        os.nice(GIVES_WAY)
