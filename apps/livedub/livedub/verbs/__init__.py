"""The verbs: their table, and a module each that takes a reading of the settings and gives the exit code.

A verb's module is imported when it is run, not before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from livedub.settings import TABLES, CommonSettings

PROG = "livedub"


@dataclass(frozen=True, kw_only=True)
class Verb:
    name: str
    module: str
    """Under `livedub.verbs`; its `run` is called."""
    does: str
    examples: Sequence[str]
    words: Sequence[str] = ()
    """Settings that are words on the command line."""
    notes: str = ""

    @property
    def table(self) -> type[CommonSettings] | None:
        """None: it hands its flags over."""
        return TABLES.get(self.name)

    def run(self, given: Any) -> int:
        """`given`: a `Reading` of the table, or the flags to hand over."""
        return int(import_module(f"livedub.verbs.{self.module}").run(given))


VERBS: Sequence[Verb] = (
    Verb(
        name="dub",
        module="dub",
        does="dub one stream in the foreground; a file into a file as fast as it goes",
        words=("input", "output"),
        examples=(
            "livedub dub talk.mp4 talk-es.mp4 --to es --captions talk-es.vtt --transcript talk.json",
            "livedub dub rtmp://127.0.0.1/live/in rtmp://127.0.0.1/live/out --to es",
            "livedub dub rtmp://127.0.0.1/live/in out.ts --to es --sts http://127.0.0.1:8000",
        ),
        notes="A URL with a stream key is read from LIVEDUB_INPUT and LIVEDUB_OUTPUT, where no other user "
        "sees it; typed on the line, it leaves the process list at once, but not the shell's history. "
        "Ctrl-C plays out what is buffered and stops; a second Ctrl-C stops at once.",
    ),
    Verb(
        name="sts",
        module="services",
        does="the speech service that dubs; its own flags",
        examples=("livedub sts --port 8000", "livedub sts --port 8000 --whisper-model small"),
    ),
    Verb(
        name="echo",
        module="services",
        does="the speech service that returns what it hears, for tests; its own flags",
        examples=("livedub echo --port 8000", "livedub echo --port 8000 --echo-processing-delay-ms 400"),
    ),
    Verb(
        name="doctor",
        module="doctor",
        does="say what this machine lacks, and the command that fixes it",
        examples=("livedub doctor", "livedub doctor --from en --to es --json"),
    ),
    Verb(
        name="engines",
        module="engines",
        does="what can hear, translate and speak here, with languages and licences",
        examples=("livedub engines", "livedub engines --json"),
    ),
    Verb(
        name="models pull",
        module="models",
        does="fetch a model ahead of air, or take one from a folder",
        words=("model",),
        examples=(
            "livedub models pull medium",
            "livedub models pull small --into models",
            "livedub models pull ./my-model --into models",
        ),
    ),
    Verb(
        name="bench",
        module="bench",
        does="the benchmarks, as a table each",
        examples=("livedub bench", "livedub bench echo"),
    ),
    Verb(
        name="config show",
        module="config",
        does="every setting, its value and where that comes from",
        examples=("livedub config show", "livedub config show --json"),
    ),
)


def find(words: Sequence[str]) -> tuple[Verb, list[str]] | None:
    """The verb that a command line begins with, and what follows it."""
    for verb in VERBS:
        named = verb.name.split()
        if list(words[: len(named)]) == named:
            return verb, list(words[len(named) :])
    return None
