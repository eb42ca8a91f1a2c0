"""The list of licences is what is installed, and holds nothing that nobody has looked at."""

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from docs.page import TREE

from supply.script import script

licences = script("licences")
PERMISSIVE = {"MIT", "Apache-2.0", "BSD-3-Clause", "Zlib"}


def data(**accepted: str) -> dict[str, Any]:
    return {"permissive": sorted(PERMISSIVE), "accepted": accepted, "remarks": {}}


def test_the_page_is_up_to_date_and_all_of_it_is_accepted() -> None:
    done = subprocess.run(
        [sys.executable, TREE / "scripts/licences", "--check"], capture_output=True, text=True, timeout=50
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("expression", "is_permissive"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("BSD-3-Clause AND Zlib AND (GPL-3.0-only OR MIT)", True),
        ("MIT OR GPL-3.0-or-later", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("GPL-3.0-or-later WITH GCC-exception-3.1", False),
        ("CC-BY-NC-4.0", False),
        ("none", False),
    ],
)
def test_what_asks_for_more_than_its_text_is_told_apart(expression: str, is_permissive: bool) -> None:
    assert licences.is_permissive(expression, PERMISSIVE) is is_permissive


def test_copyleft_that_is_needed_to_run_must_be_accepted_with_a_reason() -> None:
    found = {"good": "MIT", "new": "GPL-3.0-only", "known": "MPL-2.0"}
    assert licences.problems(found, data(known="unchanged")) == [
        "new: GPL-3.0-only, and no word under [accepted]"
    ]
    assert licences.problems({"good": "MIT"}, data(good="why?")) == ["good: accepted for no reason"]


def test_a_table_that_was_changed_by_hand_is_made_anew() -> None:
    page = licences.PAGE.read_text("utf-8")
    parts = {name: f"made {name}\n" for name in ("required", "optional", "page")}
    again = licences.written(page.replace("| aiohttp | Apache-2.0 AND MIT |", "| aiohttp | GPL |"), parts)
    assert [name for name in parts if f"made {name}" not in again] == []
    assert "aiohttp | GPL" not in again
    assert "## From the system" in again


def test_nothing_that_is_installed_forbids_to_earn_money() -> None:
    pins = {name.lower() for name in licences.pinned("requirements-dev.txt")}
    found = {
        each.metadata["Name"]: licences.declared(each.metadata).lower()
        for each in distributions()
        if each.metadata["Name"].lower() in pins
    }
    assert len(found) > 100
    assert [name for name, licence in found.items() if "-nc-" in licence or "noncommercial" in licence] == []


def test_every_file_of_others_in_the_page_has_its_licence_beside_it() -> None:
    vendor = TREE / "apps/media-service/media_service/page/static/vendor"
    folders = [folder for folder in vendor.iterdir() if folder.is_dir()]
    assert len(folders) == 3
    assert all(Path(folder / "LICENSE").read_text() for folder in folders)
