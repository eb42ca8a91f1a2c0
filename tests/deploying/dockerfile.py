"""A Dockerfile, read: its stages, and what each instruction says."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from docs.page import TREE

DEPLOY = TREE / "deploy"
DOCKERFILES = sorted(DEPLOY.glob("*.Dockerfile"))


@dataclass(frozen=True)
class Instruction:
    name: str
    words: str

    def sources(self) -> list[str]:
        """Of a COPY out of the tree."""
        if self.name != "COPY" or "--from=" in self.words:
            return []
        return self.words.split()[:-1]

    def packages(self) -> list[str]:
        """That apt-get installs."""
        installed = re.findall(r"apt-get install ([^&]*)", self.words)
        return [word for told in installed for word in told.split() if not word.startswith("-")]


@dataclass
class Stage:
    base: str
    name: str = ""
    instructions: list[Instruction] = field(default_factory=list)

    def all(self, name: str) -> list[Instruction]:
        return [one for one in self.instructions if one.name == name]

    def packages(self) -> list[str]:
        return [package for run in self.all("RUN") for package in run.packages()]


def stages(path: Path) -> list[Stage]:
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")]
    found: list[Stage] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        name, _, words = line.partition(" ")
        if name == "FROM":
            base, _, called = words.partition(" AS ")
            found.append(Stage(base, called))
        else:
            found[-1].instructions.append(Instruction(name, words.strip()))
    return found


def build_of(path: Path) -> Stage:
    """The stage that makes what the image runs."""
    (build,) = (stage for stage in stages(path) if stage.name == "build")
    return build


def to_run(group: str) -> list[str]:
    """What scripts/setup installs with apt to run a side of the tree, without the demo and the tests."""
    script = (TREE / "scripts/setup").read_text("utf-8")
    (rows,) = re.findall(rf"^{group}_packages=\((.*?)^\)", script, re.MULTILINE | re.DOTALL)
    _, _, run = rows.partition("# to run\n")
    return re.findall(r'^ *"(\S+) ', run.partition("    # to ")[0], re.MULTILINE)
