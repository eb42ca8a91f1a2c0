"""What a fake engine does at each call: by a list, by chance with a seed, or always the same."""

import fcntl
import json
import os
import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from dubbing_protocol import ErrorCode
from pydantic import TypeAdapter

Does: TypeAlias = Literal[
    "answer",
    "fail",  # raises `EngineError` with the step's code
    "oom",  # the same, with GPU_OOM
    "raise",  # raises what no engine should
    "torch_oom",  # raises what torch raises when the GPU's memory is full
    "hang",  # blocks, the interpreter's lock released
    "hang_native",  # blocks with the lock held, as a native library does
    "exit",  # the process is gone at once
    "segfault",
]
DEADLY: frozenset[Does] = frozenset({"hang_native", "exit", "segfault"})
"""Only for an engine in a process of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call."""

    does: Does = "answer"
    takes_s: float = 0.0
    """Before it does it. Blocks in a process, only waits on the loop."""
    code: ErrorCode = ErrorCode.MODEL_ERROR
    """Of `fail`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """Picklable; also JSON in an environment variable."""

    steps: tuple[Step, ...] = ()
    """Of the first calls, in order; chance decides after them."""
    rates: Mapping[Does, float] = field(default_factory=dict)
    """How often it does what, each 0..1; it answers the rest."""
    takes_s: tuple[float, float] = (0.0, 0.0)
    """The shortest and the longest time of a call that chance decides."""
    code: ErrorCode = ErrorCode.MODEL_ERROR
    """Of a `fail` that chance decides."""
    seed: int = 0
    by_content: bool = True
    """Chance goes by what the call is given, so the same fragment has the same fate whatever the order and
    however often its process is replaced. Else by the number of the call.
    """
    says: tuple[str, ...] = ()
    """What a transcriber hears, or a translator answers, call by call, over and over."""
    not_here: str | None = None
    """Why `check` refuses."""
    start_s: float = 0.0
    """What making the engine takes."""
    start_does: Does = "answer"
    """What making the engine comes to."""
    journal: str | None = None
    """A file that gets a line of JSON at the beginning and at the end of each call, from all processes. Calls
    are then numbered through all processes, so a replaced one goes on with the list.
    """

    def step(self, call: int, content: bytes) -> Step:
        """What call number `call` does, given `content`."""
        if call < len(self.steps):
            return self.steps[call]
        chance = random.Random(f"{self.seed}/{zlib.crc32(content) if self.by_content else call}")
        takes_s = chance.uniform(*self.takes_s)
        point = chance.random()
        for does, rate in self.rates.items():
            if point < rate:
                return Step(does=does, takes_s=takes_s, code=self.code)
            point -= rate
        return Step(takes_s=takes_s)

    @property
    def is_deadly(self) -> bool:
        does = {step.does for step in self.steps} | set(self.rates) | {self.start_does}
        return not does.isdisjoint(DEADLY)


def from_environment(variable: str) -> Script:
    """The script in an environment variable; the plain one where it is not set."""
    return TypeAdapter(Script).validate_json(os.environ.get(variable) or "{}")


def to_json(script: Script) -> str:
    """For the environment variable."""
    return TypeAdapter(Script).dump_json(script).decode()


class Journal:
    """Numbers the calls, and writes them down where a file is given."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._calls = 0

    def begin(self, **what: Any) -> int:
        """The number of the call, from 0."""
        call = self._calls
        self._calls += 1
        if self._path is None:
            return call
        with Path(self._path).open("a+b") as file:
            # Held until the file is closed, so the processes number one after the other.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            call = sum(b'"begin"' in line for line in file)
            file.write(_line(event="begin", call=call, **what))
        return call

    def end(self, call: int, outcome: str) -> None:
        self.note(event="end", call=call, outcome=outcome)

    def note(self, **what: Any) -> None:
        if self._path is not None:
            with Path(self._path).open("ab") as file:
                file.write(_line(**what))


def _line(**what: Any) -> bytes:
    return json.dumps({"pid": os.getpid(), **what}).encode() + b"\n"


def read_journal(path: str | Path) -> list[dict[str, Any]]:
    """Empty where nothing has been written yet."""
    file = Path(path)
    return [json.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []
