"""The bills of material name what is pinned, and are what CycloneDX asks for."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from docs.page import TREE

PYTHON = TREE / ".venv-supply/bin/python"
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(str(wrong) if wrong else 0)
"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not PYTHON.exists(), reason="scripts/setup-supply makes it, in `make test-all`"),
]


@pytest.fixture(scope="module")
def boms(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [PYTHON, TREE / "scripts/sbom", folder], capture_output=True, text=True, timeout=140
    )
    assert done.returncode == 0, done.stderr
    return {file.stem: file.read_text("utf-8") for file in folder.iterdir()}


def components(text: str) -> dict[str, dict[str, Any]]:
    return {_plain(each["name"]): each for each in json.loads(text)["components"]}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", (TREE / file).read_text("utf-8"), re.MULTILINE)
    return {_plain(name): version for name, version in found}


def test_there_is_one_for_each_thing_that_is_passed_on(boms: dict[str, str]) -> None:
    assert boms.keys() == {"sbom-services", "sbom-page", "sbom-development"}


def validation(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-c", VALIDATE], input=text, capture_output=True, text=True, timeout=150, check=False
    )


def test_each_is_what_the_schema_asks_for(boms: dict[str, str]) -> None:
    """The script looks at all of them before it writes one; it takes long, so here it is the smallest."""
    page = boms["sbom-page"]
    assert validation(page).returncode == 0
    assert validation(page.replace('"type": "library"', '"type": "thing"')).returncode != 0


@pytest.mark.parametrize(
    ("name", "lock"), [("sbom-services", "requirements.txt"), ("sbom-development", "requirements-dev.txt")]
)
def test_each_pin_is_named_with_its_version_and_licence(boms: dict[str, str], name: str, lock: str) -> None:
    found, wanted = components(boms[name]), pins(lock)
    assert {each: found[each]["version"] for each in wanted if each in found} == wanted
    assert [each for each in pins("requirements.txt") if not found[each].get("licenses")] == []


def test_the_services_bill_holds_our_own_packages_and_nothing_else(boms: dict[str, str]) -> None:
    own = {"dubbing-protocol", "service-kit", "fragment-audio", "sts-service", "media-service", "livedub"}
    assert components(boms["sbom-services"]).keys() == pins("requirements.txt").keys() | own


def test_the_pages_bill_holds_what_npm_brings(boms: dict[str, str]) -> None:
    lock = json.loads((TREE / "apps/media-service/page/package-lock.json").read_text("utf-8"))["packages"]
    told = {each["name"]: each["version"] for each in json.loads(boms["sbom-page"])["components"]}
    assert told == {
        path.removeprefix("node_modules/"): about["version"] for path, about in lock.items() if path
    }


def test_none_tells_where_the_tree_lies(boms: dict[str, str]) -> None:
    assert [name for name, text in boms.items() if str(TREE) in text or "file:" in text] == []


def test_where_they_are_written_git_does_not_look(tmp_path: Path) -> None:
    done = subprocess.run(
        ["git", "-C", TREE, "check-ignore", "dist/sbom-services.json"], capture_output=True, timeout=30
    )
    assert done.returncode == 0
