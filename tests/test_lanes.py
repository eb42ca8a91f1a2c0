"""How `make test` spreads the tests over lanes (`conftest.py` of the tree), and what it plays once more."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

TREE = Path(__file__).resolve().parent.parent
CONFTEST = (TREE / "conftest.py").read_text()
LISTS = {
    name: re.findall(r'"([^"]+)"', paths)
    for name, paths in re.findall(r"^(REAL_TIME|ALONE) = \((.*?)\)$", CONFTEST, re.MULTILINE | re.DOTALL)
}
REAL_TIME = LISTS["REAL_TIME"][:2]
ALONE = LISTS["ALONE"][:2]
OTHERS = ["apps/quick/tests/one", "apps/quick/tests/two", "libs/new/tests"]
TESTS = 4

A_TEST = """
import os, time
import pytest

@pytest.mark.parametrize("n", range({tests}))
def test_a(n, request, record_property):
    record_property("figures of the test", f"figure {{n}} of {folder}")
    began_s = time.monotonic()
    time.sleep({takes_s})
    with open({log!r}, "a") as log:
        lane, nice = os.environ["PYTEST_XDIST_WORKER"], os.nice(0)
        log.write(f"{folder} {{n}} {{lane}} {{began_s}} {{time.monotonic()}} {{nice}}\\n")
"""


@dataclass(frozen=True)
class Played:
    folder: str
    number: int
    lane: str
    began_s: float
    ended_s: float
    niceness: int


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[Played]]]:
    """What is printed of a tree with folders of each kind in three lanes, and what was played when."""
    tree = tmp_path_factory.mktemp("tree")
    log = tree / "log"
    shutil.copy(TREE / "conftest.py", tree)
    (tree / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    for folder in [*REAL_TIME, *ALONE, *OTHERS]:
        (tree / folder).mkdir(parents=True)
        takes_s = 0.05 if folder in OTHERS else 0.15
        (tree / folder / "test_a.py").write_text(
            A_TEST.format(folder=folder, tests=TESTS, takes_s=takes_s, log=str(log))
        )
    command = [sys.executable, "-m", "pytest", "-q", "-n", "3", "-p", "no:cacheprovider", "-p", "no:cov"]
    done = subprocess.run(
        [*command, f"--basetemp={tree / 'temp'}"], cwd=tree, capture_output=True, text=True, timeout=140
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in log.read_text().splitlines()]
    yield (
        done.stdout,
        [Played(one, int(n), lane, float(b), float(e), int(nice)) for one, n, lane, b, e, nice in lines],
    )
    shutil.rmtree(tree)


@pytest.mark.slow
def test_every_test_is_played_once(run: tuple[str, list[Played]]) -> None:
    _, played = run
    wanted = [(folder, n) for folder in [*REAL_TIME, *ALONE, *OTHERS] for n in range(TESTS)]
    assert sorted((each.folder, each.number) for each in played) == sorted(wanted)


@pytest.mark.slow
def test_a_folder_is_played_in_one_lane_and_in_its_order(run: tuple[str, list[Played]]) -> None:
    _, played = run
    for folder in [*REAL_TIME, *ALONE, *OTHERS]:
        of_folder = [each for each in played if each.folder == folder]
        assert len({each.lane for each in of_folder}) == 1
        assert [each.number for each in of_folder] == list(range(TESTS))


@pytest.mark.slow
def test_lanes_run_side_by_side(run: tuple[str, list[Played]]) -> None:
    _, played = run
    assert len({each.lane for each in played}) > 1


@pytest.mark.slow
def test_what_plays_in_real_time_is_played_one_after_the_other_and_before_the_rest_of_its_lane(
    run: tuple[str, list[Played]],
) -> None:
    _, played = run
    lane = sorted((each for each in played if each.lane == "gw0"), key=lambda each: each.began_s)
    assert {each.folder for each in lane[: 2 * TESTS]} == set(REAL_TIME)


@pytest.mark.slow
def test_the_other_lanes_give_way_to_the_one_that_plays_in_real_time(run: tuple[str, list[Played]]) -> None:
    _, played = run
    own = os.nice(0)
    assert {(each.lane == "gw0", each.niceness > own) for each in played} == {(True, False), (False, True)}


@pytest.mark.slow
def test_what_is_to_be_alone_is_played_when_the_rest_has_ended(run: tuple[str, list[Played]]) -> None:
    _, played = run
    assert _span(played, [*REAL_TIME, *OTHERS])[1] <= _span(played, ALONE)[0]
    assert len({each.lane for each in played if each.folder in ALONE}) == 1


@pytest.mark.slow
def test_figures_of_any_lane_are_shown_at_the_end(run: tuple[str, list[Played]]) -> None:
    printed, _ = run
    for folder in [*REAL_TIME, *ALONE, *OTHERS]:
        assert re.findall(rf"^figure (\d) of {folder}$", printed, re.MULTILINE) == list("0123")
    assert re.search(r"^gw\d: \d+ tests in \d+ s$", printed, re.MULTILINE)


@pytest.mark.parametrize("folder", [*LISTS["REAL_TIME"], *LISTS["ALONE"]])
def test_a_folder_with_a_place_of_its_own_exists(folder: str) -> None:
    """One that has moved would be played with the others."""
    assert (TREE / folder).is_dir()


@pytest.mark.parametrize(
    ("failed", "again"),
    [
        ([], []),
        ([f"{REAL_TIME[0]}/test_a.py::test_a[1]"], [f"{REAL_TIME[0]}/test_a.py::test_a[1]"]),
        (
            ["one/test_a.py::test_a[1]", "two/test_a.py::test_a"],
            ["one/test_a.py::test_a[1]", "two/test_a.py::test_a"],
        ),
        ([f"{REAL_TIME[0]}/test_{n}.py::test_a" for n in range(4)], []),
    ],
)
def test_only_a_few_are_played_again(failed: list[str], again: list[str]) -> None:
    spec = importlib.util.spec_from_file_location("lanes", TREE / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    lanes = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lanes)
    kept: dict[str, list[str]] = {}
    played = lanes.Failed()
    for nodeid in failed:
        played.pytest_runtest_logreport(SimpleNamespace(nodeid=nodeid, failed=True))
    played.pytest_runtest_logreport(SimpleNamespace(nodeid=f"{OTHERS[1]}/test_a.py::test_a", failed=False))
    played.pytest_sessionfinish(
        SimpleNamespace(config=SimpleNamespace(cache=SimpleNamespace(set=kept.__setitem__)))
    )
    assert kept == {"lanes/again": again}


FAILING = """
from pathlib import Path

def test_a():
    file = Path({file!r})
    times = len(file.read_text()) if file.exists() else 0
    file.write_text("x" * (times + 1))
    assert times >= {until}
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("folder", "until", "code", "played"),
    [(REAL_TIME[0], 0, 0, 1), (REAL_TIME[0], 1, 0, 2), (OTHERS[0], 1, 0, 2), (OTHERS[0], 2, 1, 2)],
)
def test_who_fails_alone_too_has_failed(
    tmp_path: Path, folder: str, until: int, code: int, played: int
) -> None:
    tree, file = tmp_path / "tree", tmp_path / "played"
    for name in ("conftest.py", "scripts/test", "scripts/leak-check"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TREE / name, tree / name)
    (tree / ".venv").symlink_to(TREE / ".venv")
    options = (
        "markers = slow\naddopts = --import-mode=importlib\nasyncio_default_fixture_loop_scope = function\n"
    )
    (tree / "pytest.ini").write_text(f"[pytest]\n{options}")
    (tree / folder).mkdir(parents=True)
    (tree / folder / "test_a.py").write_text(FAILING.format(file=str(file), until=until))
    env = {**os.environ, "LANES": "2"}
    done = subprocess.run(["scripts/test"], cwd=tree, env=env, capture_output=True, text=True, timeout=100)
    assert done.returncode == code, done.stdout + done.stderr
    assert file.read_text() == "x" * played
    assert ("played once more alone" in done.stdout) == (played == 2)


def _span(played: list[Played], folders: list[str]) -> tuple[float, float]:
    of_folders = [each for each in played if each.folder in folders]
    return min(each.began_s for each in of_folders), max(each.ended_s for each in of_folders)
