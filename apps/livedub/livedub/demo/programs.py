"""The programs that the demo needs beside those of the services, and the command that brings each."""

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from livedub.doctor.finding import Finding
from livedub.errors import SettingsWrong

PACKAGES: Mapping[str, str] = {
    "nginx": "nginx-light libnginx-mod-rtmp",
    "flite": "flite",
    "ffmpeg": "ffmpeg",
}
FONTS = Path("/usr/share/fonts/truetype/dejavu")
FONT_PACKAGE = "fonts-dejavu-core"
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
        raise Missing(f"{program} is not installed", f"apt-get install {PACKAGES[program]}")
    return path


def font(name: str) -> Path:
    """The file of a typeface. Raises `Missing`."""
    path = FONTS / f"{name}.ttf"
    if not path.is_file():
        raise Missing(f"the typeface {name} is not installed", f"apt-get install {FONT_PACKAGE}")
    return path


def examine() -> Iterator[Finding]:
    """As `livedub doctor` tells it."""
    for program in PACKAGES:
        try:
            yield Finding("demo", "ok", found(program))
        except Missing as missing:
            yield Finding("demo", "note", missing.told, missing.fix)
