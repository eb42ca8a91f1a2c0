"""What the README, the Makefile and the lock files say is so."""

import importlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parent.parent
DOCUMENT_PATTERNS = [
    "*.md",
    "docs/*.md",
    "deploy/*.md",
    "apps/*/README.md",
    "libs/*/README.md",
    "tests/*/README.md",
    "benchmarks/README.md",
]
DOCUMENTS = sorted(path for pattern in DOCUMENT_PATTERNS for path in TREE.glob(pattern))
LINK = re.compile(r"\]\((?!https?://)([^)#]+)[^)]*\)")


def make_verbs() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (TREE / "Makefile").read_text(), re.MULTILINE))


def pinned(name: str) -> set[str]:
    return set(re.findall(r"^([\w-]+)==\S+", (TREE / name).read_text(), re.MULTILINE))


def run(
    *command: str, cwd: Path = TREE, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=50)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(TREE)))
def test_every_link_in_the_documents_leads_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_verb_that_the_documents_name_exists(document: str) -> None:
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)`", (TREE / document).read_text(), re.MULTILINE))
    assert {first or second for first, second in named} <= make_verbs()


def test_make_alone_lists_every_verb() -> None:
    # Run from within `make test`, make would report the folders it works in.
    listed = run("make", "--no-print-directory").stdout
    assert set(re.findall(r"^  make ([a-z-]+) ", listed, re.MULTILINE)) == make_verbs()


def test_set_up_is_silent_when_nothing_is_missing() -> None:
    result = run("scripts/setup")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_set_up_without_root_says_in_one_line_what_is_missing(tmp_path: Path) -> None:
    for path in [
        "scripts/setup",
        "requirements-dev.txt",
        "tests/js/package.json",
        "tests/js/package-lock.json",
        "apps/media-service/page/package.json",
        "apps/media-service/page/package-lock.json",
    ]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TREE / path, tmp_path / path)
    for package in ["libs/dubbing-protocol", "apps/sts-service"]:
        (tmp_path / package).mkdir(parents=True)
        shutil.copy(TREE / package / "pyproject.toml", tmp_path / package)
    somebody = tmp_path / "bin" / "id"
    somebody.parent.mkdir()
    somebody.write_text("#!/bin/sh\necho 1000\n")
    somebody.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{somebody.parent}:{os.environ['PATH']}",
        "PYTHON": "no-such-python",
    }
    result = run(str(tmp_path / "scripts/setup"), env=environment)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "setup: Python 3.11 or newer with venv missing: run as root, "
        "or install it yourself (apt-get install python3 python3-venv)\n"
    )
    assert not (tmp_path / ".venv").exists()


def test_the_development_lock_holds_the_runtime_lock() -> None:
    pins = [set((TREE / name).read_text().split()) for name in ("requirements.txt", "requirements-dev.txt")]
    runtime, development = ({word for word in words if "==" in word} for words in pins)
    assert runtime
    assert runtime <= development


def test_the_secret_scan_finds_a_secret(tmp_path: Path) -> None:
    planted = tmp_path / "settings.py"
    planted.write_text('aws_key = "AKIA' + 'Q3EGRXKZ7WTBPLMN"\n')
    scan = Path(sys.executable).with_name("detect-secrets-hook")
    result = run(str(scan), "--no-verify", "--baseline", str(TREE / ".secrets.baseline"), str(planted))
    assert result.returncode == 1
    assert "AWS Access Key" in result.stdout


@pytest.mark.parametrize(
    "package",
    ["dubbing_protocol", "service_kit", "fragment_audio", "sts_service", "media_service", "livedub"],
)
def test_every_package_says_what_its_room_is_for(package: str) -> None:
    assert importlib.import_module(package).__doc__


@pytest.mark.parametrize(
    ("room", "wanted"),
    [
        ("libs/dubbing-protocol", "dubbing_protocol/py.typed"),
        ("libs/dubbing-protocol", "dubbing_protocol/schemas/asyncapi.json"),
        ("libs/dubbing-protocol", "dubbing_protocol/schemas/to_server/fragment_data.json"),
        ("apps/sts-service", "sts_service/py.typed"),
        ("apps/sts-service", "sts_service/echo/__init__.py"),
        ("apps/sts-service", "sts_service/voices/voices.json"),
        ("apps/sts-service", "sts_service/text/names/en.txt"),
        ("apps/media-service", "media_service/py.typed"),
        ("apps/media-service", "media_service/page/static/index.html"),
        ("apps/media-service", "media_service/page/static/js/app.js"),
        ("apps/media-service", "media_service/page/static/vendor/hls/hls.light.min.mjs"),
        ("apps/livedub", "livedub/py.typed"),
        ("libs/service-kit", "service_kit/py.typed"),
        ("libs/fragment-audio", "fragment_audio/py.typed"),
    ],
)
def test_a_built_package_holds_more_than_its_code(room: str, wanted: str, wheels: dict[str, Path]) -> None:
    assert wanted in zipfile.ZipFile(wheels[room]).namelist()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each package, built from a copy of its folder: building writes into the folder."""
    built = {}
    rooms = ["libs/dubbing-protocol", "libs/service-kit", "libs/fragment-audio", "apps/sts-service"]
    for room in [*rooms, "apps/media-service", "apps/livedub"]:
        copy = tmp_path_factory.mktemp("wheel") / "source"
        shutil.copytree(
            TREE / room, copy, ignore=shutil.ignore_patterns("tests", "*.egg-info", "__pycache__")
        )
        # What pip asks for, without pip: six starts of it take longer than the building.
        result = run(sys.executable, "-c", "import setuptools.build_meta as b; b.build_wheel('..')", cwd=copy)
        assert result.returncode == 0, result.stderr
        built[room] = next(copy.parent.glob("*.whl"))
    return built


FIRST_STEPS = TREE / "docs/getting-started.md"


def test_the_service_that_dubs_is_started_as_is_shown() -> None:
    """Its engines take a while to start: their list tells that the line is right."""
    page = FIRST_STEPS.read_text()
    (start,) = re.findall(r"^\.venv/bin/python (-m sts_service\.full .*)$", page, re.MULTILINE)
    listed = run(sys.executable, *start.split(), "--list-engines")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert {"pocketsphinx", "apertium", "espeak"} <= set(listed.stdout.split())


def test_the_echo_service_runs_as_is_shown() -> None:
    page = FIRST_STEPS.read_text()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    start = re.findall(r"^\.venv/bin/python (-m sts_service\.echo .*)$", page, re.MULTILINE)
    address = re.findall(r"^curl (http://\S+)$", page, re.MULTILINE)
    assert (len(start), len(address)) == (1, 1)
    command = [sys.executable, *start[0].replace("8000", port).split()]
    service = subprocess.Popen(command, cwd=TREE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert status_once_up(address[0].replace("8000", port), service) == 200
    finally:
        service.terminate()
        status = service.wait(timeout=20)
    assert status == 0


def status_once_up(address: str, service: subprocess.Popen[bytes]) -> int | None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and service.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.URLError:
            time.sleep(0.05)
    return None
