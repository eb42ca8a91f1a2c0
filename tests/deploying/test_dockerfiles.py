"""The images hold what set-up installs to run, and nothing runs in them as root."""

import fnmatch
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.page import TREE

from deploying.dockerfile import DEPLOY, DOCKERFILES, Stage, build_of, stages, to_run

BASE = re.compile(r"debian:12\.\d+-slim")
OF_A_SYSTEM = {"ca-certificates", "python3"}
WANTED = {
    "media": {*to_run("media"), *OF_A_SYSTEM},
    "sts": {*to_run("engine"), *OF_A_SYSTEM},
    "sts-cuda": {*to_run("engine"), *OF_A_SYSTEM},
    "echo": {"python3"},
    "mediamtx": {"ca-certificates", "curl"},
}
each = pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.stem)


def name(path: Path) -> str:
    return path.name.removesuffix(".Dockerfile")


def test_there_is_an_image_for_each_service() -> None:
    assert {name(path) for path in DOCKERFILES} == WANTED.keys()
    assert len(WANTED["media"]) > 8
    assert len(WANTED["sts"]) > 5


@each
def test_the_linter_has_nothing_to_say(path: Path) -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, "--no-color", path], capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_linter_finds_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM debian\nRUN cd /tmp\nCMD sleep 1\n")
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, wrong], capture_output=True, text=True, timeout=50)
    assert {"DL3006", "DL3003", "DL3025"} <= set(re.findall(r"DL\d+", done.stdout))


@each
def test_the_base_is_debian_12_pinned(path: Path) -> None:
    pinned = [stage.base for stage in stages(path) if not stage.base.startswith("bluenviron/mediamtx:")]
    assert pinned
    assert all(BASE.fullmatch(base) for base in pinned)
    assert len(set(pinned)) == 1
    assert len(stages(path)) >= 2


@each
def test_what_is_copied_is_there_and_reaches_the_build(path: Path) -> None:
    sources = [source for stage in stages(path) for copy in stage.all("COPY") for source in copy.sources()]
    assert sources
    for source in sources:
        assert (TREE / source).exists(), source
        assert sent(source), f"{source} is left out by .dockerignore"


@pytest.mark.parametrize("secret", [".env", "deploy/.env", "livedub.toml", ".git/config", "livedub-state/x"])
def test_nothing_that_may_hold_a_key_reaches_the_build(secret: str) -> None:
    assert not sent(secret)


def sent(path: str) -> bool:
    """By .dockerignore: the last line that fits decides, a folder's line for all in it."""
    taken = True
    for line in (TREE / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        above = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        if any(
            fnmatch.fnmatch(one, pattern) or (line.startswith("**/") and parts[-1] == pattern)
            for one in above
        ):
            taken = line.startswith("!")
    return taken


@each
def test_the_image_has_the_packages_that_set_up_installs_to_run(path: Path) -> None:
    installed = stages(path)[-1].packages()
    assert installed == sorted(installed)
    assert set(installed) == WANTED[name(path)]


@each
def test_the_image_has_no_compiler_and_no_index(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "index-url" not in text
    assert "://" not in re.sub(r"http://127\.0\.0\.1", "", text)
    assert not {"gcc", "git", "nodejs", "npm"} & set(stages(path)[-1].packages())


@each
def test_nothing_runs_as_root_and_its_health_is_asked_for(path: Path) -> None:
    final = stages(path)[-1]
    users = final.all("USER")
    assert [user.words for user in users] == ["10001"]
    assert final.instructions.index(users[0]) < final.instructions.index(final.all("ENTRYPOINT")[0])
    assert "--uid 10001" in final.all("RUN")[0].words
    assert len(final.all("HEALTHCHECK")) == 1


@each
def test_the_command_is_a_module_of_ours_and_its_health_answers_where_it_is_asked(path: Path) -> None:
    final = stages(path)[-1]
    entry = json.loads(final.all("ENTRYPOINT")[0].words)
    asked = re.findall(r"127\.0\.0\.1[^/]*(/[a-z0-9/]+)", final.all("HEALTHCHECK")[0].words)
    expected = {
        "media": ("media_service.orchestrator", "/healthz"),
        "sts": ("sts_service.full", "/health"),
        "sts-cuda": ("sts_service.full", "/health"),
        "echo": ("sts_service.echo", "/health"),
        "mediamtx": ("/etc/mediamtx.yml", "/v3/paths/list"),
    }
    assert (entry[-1], asked[0]) == expected[name(path)]


def test_the_images_of_the_speech_service_begin_with_the_same_steps() -> None:
    builds = {name(path): build_of(path) for path in DOCKERFILES if name(path) != "mediamtx"}
    begun = {image: _steps(stage)[:5] for image, stage in builds.items()}
    assert begun["sts"] == begun["sts-cuda"] == begun["echo"] == begun["media"]
    assert _steps(builds["sts"])[:7] == _steps(builds["sts-cuda"])[:7] == _steps(builds["echo"])[:7]


def test_the_page_gets_from_npm_what_set_up_gives_it() -> None:
    script = (TREE / "scripts/setup").read_text("utf-8")
    (rows,) = re.findall(r"^page_files=\((.*?)^\)", script, re.MULTILINE | re.DOTALL)
    wanted = re.findall(r'"(\S+) (\S+)"', rows)
    (page,) = (stage for stage in stages(DEPLOY / "media.Dockerfile") if stage.name == "page")
    copies = re.findall(r"cp ([^&]*) \.\./vendor/(\S+)/", page.all("RUN")[-1].words)
    assert [(file, place) for files, place in copies for file in files.split()] == wanted != []


def _steps(stage: Stage) -> list[tuple[str, str]]:
    return [(one.name, one.words) for one in stage.instructions]
