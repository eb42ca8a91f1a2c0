"""The steps of an image's build, run as they stand in its Dockerfile, give what the image starts with."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from docs.page import TREE

from deploying.dockerfile import DEPLOY, Instruction, build_of, stages

DEBIANS = Path("/usr/bin/python3")
VENDOR = TREE / "apps/media-service/media_service/page/static/vendor"


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(
    not (DEBIANS.exists() and Path("/etc/debian_version").exists()), reason="is for Debian 12"
)
@pytest.mark.parametrize("image", ["media", "echo"])
def test_what_is_built_starts(image: str, tmp_path: Path) -> None:
    path = DEPLOY / f"{image}.Dockerfile"
    build, final = build_of(path), stages(path)[-1]
    folder = tmp_path / "build"
    folder.mkdir()
    for step in build.instructions:
        _do(step, folder, tmp_path)
    _, *module = json.loads(final.all("ENTRYPOINT")[0].words)
    python = tmp_path / "opt/livedub/bin/python"
    shown = subprocess.run(
        [python, *module, "--help"], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60
    )
    assert shown.stdout.startswith(f"usage: python {' '.join(module)}"), shown.stderr
    if image == "media":
        binding = "import gi; gi.require_version('Gst', '1.0'); from gi.repository import Gst"
        for said in (["-m", "media_service.worker", "--help"], ["-c", binding]):
            subprocess.run([python, *said], cwd=tmp_path, env={}, check=True, timeout=60)
        packages = tmp_path / "opt/livedub/lib/python3.11/site-packages"
        for file in ("index.html", "js/app.js", "vendor/hls/LICENSE"):
            assert (packages / "media_service/page/static" / file).is_file()


def _do(step: Instruction, folder: Path, root: Path) -> None:
    if step.name == "COPY" and "--from=page" in step.words:
        # As set-up has put it there.
        _copy(VENDOR, folder / VENDOR.relative_to(TREE))
    elif step.name == "COPY":
        *sources, target = step.words.split()
        for source in sources:
            _copy(TREE / source, folder / target if target != "./" else folder / Path(source).name)
    elif step.name == "RUN" and not step.packages():
        words = step.words.replace("/opt/", f"{root}/opt/").replace("python3 -m venv", f"{DEBIANS} -m venv")
        done = subprocess.run(
            ["bash", "-ec", words],
            cwd=folder,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"


def _copy(source: Path, target: Path) -> None:
    if source == VENDOR:
        shutil.copytree(source, target)
    elif source.is_dir():
        left_out = shutil.ignore_patterns(
            "tests", "node_modules", "__pycache__", "*.egg-info", "build", "vendor"
        )
        shutil.copytree(source, target, ignore=left_out)
    else:
        shutil.copy(source, target)
