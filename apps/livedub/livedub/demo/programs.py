"""The programs that the demo needs beside those of the services, and the command that brings each."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from livedub.doctor.finding import Finding
from livedub.errors import SettingsWrong

PACKAGES: Mapping[str, str] = {
    "nginx": "nginx-light libnginx-mod-rtmp",
    "flite": "flite",
    "ffmpeg": "ffmpeg",
}
FONTS = Path("/usr/share/fonts/truetype/dejavu")
FACES = PLAIN, BOLD, EVEN = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono-Bold"
FONT_PACKAGE = "fonts-dejavu-core"
INSTALL = "apt-get install"
_ALSO = "/usr/local/sbin:/usr/sbin:/sbin"
"""Not on everybody's path, and nginx is there."""


class Missing(SettingsWrong):
    """Something is not on this machine; `fix` brings it."""

    def __init__(self, told: str, fix: str) -> None:
        super().__init__(f"{told}; fix: {fix}")
        self.told = told
        self.fix = fix


def found(program: str) -> str:
    """Its path. Raises `Missing`."""
    path = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{_ALSO}")
    if path is None:
        raise Missing(f"{program} is not installed", f"{INSTALL} {PACKAGES[program]}")
    return path


def font(name: str) -> Path:
    """The file of a typeface. Raises `Missing`."""
    path = FONTS / f"{name}.ttf"
    if not path.is_file():
        raise Missing(f"the typeface {name} is not installed", f"{INSTALL} {FONT_PACKAGE}")
    return path


def missing() -> Iterator[Missing]:
    """What of all that is not here."""
    looks: list[tuple[Callable[[str], object], str]] = [(found, name) for name in PACKAGES]
    looks += [(font, name) for name in FACES]
    for look, name in looks:
        try:
            look(name)
        except Missing as lacking:
            yield lacking


def check() -> None:
    """Raises `Missing`, with one command for all that is not here."""
    lacking = list(missing())
    if lacking:
        packages = dict.fromkeys(word for one in lacking for word in one.fix.split()[2:])
        raise Missing("; ".join(one.told for one in lacking), f"{INSTALL} {' '.join(packages)}")


def findings() -> Iterator[Finding]:
    """As `livedub doctor` tells it: livedub dubs without any of these."""
    lacking = list(missing())
    for one in lacking:
        yield Finding("demo", "note", one.told, one.fix)
    if not lacking:
        yield Finding("demo", "ok", "all that `livedub demo` needs is here")
