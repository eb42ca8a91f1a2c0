"""What /proc tells of a process. Every call reads a small file or two."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True)
class Identity:
    """One process, and no later one that got the same number."""

    pid: int
    started_ticks: int
    """clock ticks from the machine's start to the process's"""


@dataclass(frozen=True)
class Found:
    identity: Identity
    environ: dict[str, str]


def identity(pid: int) -> Identity | None:
    """None where no such process lives."""
    fields = _stat(pid)
    # The state, the 3rd field of proc(5), is the first one here.
    if fields is None or fields[0] in ("Z", "X"):
        return None
    return Identity(pid, int(fields[19]))


def leads_its_session(pid: int) -> bool:
    fields = _stat(pid)
    return fields is not None and int(fields[3]) == pid


def environ(pid: int) -> dict[str, str]:
    """Empty where it may not be read, or the process is gone."""
    try:
        raw = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return {}
    pairs = (entry.partition("=") for entry in raw.decode("utf-8", "surrogateescape").split("\0"))
    return {name: value for name, is_pair, value in pairs if is_pair}


def find(name: str, value: str) -> Iterator[Found]:
    """Every process that leads its session and was started with this variable."""
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        pid = int(folder.name)
        known = identity(pid)
        if known is None or not leads_its_session(pid):
            continue
        variables = environ(pid)
        # The same process before and after: what was read is of this one.
        if variables.get(name) == value and identity(pid) == known:
            yield Found(known, variables)


def _stat(pid: int) -> list[str] | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name, in brackets, may hold anything.
    return text[text.rindex(")") + 2 :].split()
