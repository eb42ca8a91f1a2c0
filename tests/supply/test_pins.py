"""What is fetched is fetched in one version: what was tested is what is run."""

import json
import re
from pathlib import Path

import pytest
import yaml
from docs.page import TREE

LOCKS = sorted(TREE.glob("requirements*.txt"))
NPM = [TREE / "tests/js", TREE / "apps/media-service/page"]
DOCKERFILES = sorted((TREE / "deploy").glob("*.Dockerfile"))
PIN = re.compile(r"[\w.-]+(\[[\w,]+\])?==[\w.!+]+")
IMAGE = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_line_of_a_lock_file_is_one_version(lock: Path) -> None:
    lines = [line for line in lock.read_text("utf-8").splitlines() if not re.match(r"\s*(#|$)", line)]
    assert lines
    assert [line for line in lines if not PIN.fullmatch(line)] == []


@pytest.mark.parametrize("folder", NPM, ids=lambda path: path.name)
def test_npms_packages_are_one_version_each_with_a_digest(folder: Path) -> None:
    wanted = json.loads((folder / "package.json").read_text("utf-8"))
    named = {**wanted.get("dependencies", {}), **wanted.get("devDependencies", {})}
    assert [name for name, version in named.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    found = {path: about for path, about in lock.items() if path}
    assert {f"node_modules/{name}" for name in named} <= found.keys()
    assert [
        path for path, about in found.items() if not about.get("integrity", "").startswith("sha512-")
    ] == []


def test_every_image_has_a_version() -> None:
    stages = re.findall(
        r"^FROM (\S+)(?: AS (\S+))?", "\n".join(map(Path.read_text, DOCKERFILES)), re.MULTILINE
    )
    services = yaml.safe_load((TREE / "deploy/docker-compose.yml").read_text("utf-8"))["services"]
    pulled = {service["image"] for service in services.values() if "build" not in service}
    images = pulled | {image for image, _ in stages} - {stage for _, stage in stages}
    assert len(images) >= 4
    assert [image for image in sorted(images) if not IMAGE.fullmatch(image)] == []


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_what_an_image_installs_is_held_to_the_lock_files(dockerfile: Path) -> None:
    text = dockerfile.read_text("utf-8").replace("\\\n", " ")
    installs = [line for run in re.findall(r"^RUN (.*)$", text, re.MULTILINE) for line in run.split("&&")]
    for line in installs:
        if "pip install" in line:
            assert re.search(r"--(requirement|constraint) \S*requirements\S*\.txt|--no-index", line), line
        assert "npm install" not in line, line
