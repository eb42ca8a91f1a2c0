"""The engine of docs/engines.md, in its own package, is found, listed, chosen, used, and tested as shown."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[4] / "docs/engines.md"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder as pip would leave it behind."""
    shown = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))
    assert set(shown) == {"shouting.py", "pyproject.toml", "test_shouting.py"}
    for name in ("shouting.py", "test_shouting.py"):
        (tmp_path / name).write_text(shown[name])
    entry_points = shown["pyproject.toml"].replace("project.entry-points.", "").replace('"', "")
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    return tmp_path


def python(site: Path, *arguments: str, **environment: str) -> str:
    """What it prints; it must end well."""
    ended = subprocess.run(
        [sys.executable, *arguments],
        # The outer run's options are not its own.
        env=os.environ | {"PYTHONPATH": str(site), "PYTEST_ADDOPTS": ""} | environment,
        cwd=site,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-3000:]
    return ended.stdout


def test_it_is_listed_with_its_languages_and_its_licence(site: Path) -> None:
    listed = python(site, "-m", "sts_service.full", "--list-engines")
    assert re.search(r"shouting +local +ready: loud\n +languages: en-es en-fr\n +licence: MIT\n", listed)


def test_what_keeps_it_from_running_is_listed(site: Path) -> None:
    listed = python(site, "-m", "sts_service.full", "--list-engines", SHOUTING_MARKS="many")
    assert re.search(r"shouting +local +not here: SHOUTING_MARKS is no number", listed)


_USE = """
import asyncio
from sts_service.engines import EngineSettings
from sts_service.engines.choice import candidates, choose
from sts_service.engines.host import start

async def main():
    settings = EngineSettings()
    choice = choose("translation", "shouting", settings, ("en", "fr"))
    print([each.spec.card.name for each in candidates("translation", "auto", settings, ("en", "fr")).choices])
    host = await start(choice.spec, settings, ready_timeout_s=40)
    print((await host.engine.translate("hello", "en", "fr", "")).text, host.pid is not None)
    await host.close()

asyncio.run(main())
"""


def test_it_is_chosen_and_used_in_a_process_of_its_own(site: Path) -> None:
    chosen, used = python(site, "-c", _USE, SHOUTING_MARKS="3").splitlines()
    assert "'shouting'" in chosen
    assert used == "HELLO!!! True"


# Without what this tree's own tests use.
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "test_shouting.py")


def test_it_passes_the_tests_as_shown(site: Path) -> None:
    told = python(site, *PYTEST, "-W", "error")
    passed = re.search(r"(\d+) passed", told)
    assert passed
    assert int(passed[1]) > 20


NO_NEWLINE = "if '\\n' in text: raise ValueError(text)\n        if not"

DEFECTS = {
    "heavy": ("from dubbing_protocol", "import av\nfrom dubbing_protocol", "nothing_heavy"),
    "talkative": ('return Translation("")', 'return Translation("?")', "nothing_gives_nothing"),
    "raising": ("if not", NO_NEWLINE, "any_text"),
    "quoting": ("len(text) > 100_000", "True", "any_text"),
    "shouted": ('name="shouting"', 'name="Shouting"', "card_is_complete"),
    "regional": ('("en", "fr")', '("en", "fr-FR")', "offer_names_languages"),
    "useless": ('"!" * self.marks', "str(1 / 0)", "what_it_offers"),
    "verbose": ("return Offer", "raise NotHere('two\\nlines')\n    return Offer", "one_line"),
    "confused": ("text.upper()", "text.upper() + context.upper()", "context_is_not"),
}


def test_what_is_wrong_with_it_is_found(site: Path) -> None:
    shown, its_tests = ((site / name).read_text() for name in ("shouting.py", "test_shouting.py"))
    for name, (right, wrong, _) in DEFECTS.items():
        assert right in shown
        broken = shown.replace(right, wrong, 1)
        if name == "quoting":
            broken = broken.replace('"out of breath"', "text")
        (site / f"{name}.py").write_text(broken)
        (site / f"test_{name}.py").write_text(its_tests.replace("shouting", name))
    wanted = {f"test_{name}": test for name, (_, _, test) in DEFECTS.items()}
    selected = " or ".join(f"({module} and {test})" for module, test in wanted.items())
    with pytest.raises(AssertionError) as told:
        python(site, *PYTEST[:-1], *(f"{module}.py" for module in wanted), "-k", selected, "--tb=no")
    failed = set(re.findall(r"^ *FAILED (\w+)\.py::", str(told.value), re.MULTILINE))
    assert failed == set(wanted), str(told.value)
