"""`livedub sts` and `livedub echo`: hand over to the service, with its own flags."""

import os
import sys
from collections.abc import Sequence

from livedub.settings import read_file
from livedub.settings.sections import SECTIONS
from livedub.verbs import PROG, VERBS

SERVICES = {"sts": ("engines", "sts_service.full"), "echo": ("echo", "sts_service.echo")}
"""By verb: the section of livedub.toml, and the module."""


def run(given: Sequence[str]) -> int:
    """Does not come back: this process becomes the service."""
    name, *flags = given
    section_name, module = SERVICES[name]
    section = SECTIONS[section_name]
    (verb,) = (verb for verb in VERBS if verb.name == name)
    if "--help" in flags or "-h" in flags:
        does = verb.does[0].upper() + verb.does[1:] + "."
        section.table.load(["--help"], {}, prog=f"{PROG} {name}", description=does, examples=verb.examples)
    file = read_file(os.environ.get("LIVEDUB_CONFIG") or None)
    said = section.variables(file.sections.get(section_name, {}), os.environ)
    os.execve(sys.executable, [sys.executable, "-P", "-m", module, *flags], {**os.environ, **said})
