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
        name="demo",
        module="demo",
        does="everything on this machine, nothing to configure: a programme, dubbed live, and its page",
        examples=("livedub demo", "livedub demo --port 8090", "livedub demo --headless --json"),
        notes="A generated programme is published to a media server of its own, dubbed, and shown side by "
        "side on the page whose address is printed. Ctrl-C ends everything and leaves nothing.",
    ),
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
        name="serve",
        module="serve",
        does="orchestrator and control room, and a speech service where no URL of one is set",
        examples=(
            "livedub serve",
            "livedub serve --sts http://127.0.0.1:8000 --mediamtx-api http://127.0.0.1:9997",
            "livedub serve --ingest-path 'live/{id}-in' --ingest-url 'rtmp://127.0.0.1/live/{id}-in' "
            "--output-url 'rtmp://127.0.0.1/live/{id}-out'",
        ),
        notes="Keys and tokens are read from LIVEDUB_TOKEN, LIVEDUB_HOOK_TOKEN and LIVEDUB_STS_KEY, where no "
        "other user sees them. What the speech service and the workers are told beside these settings stands "
        "in [engines] and [worker] of livedub.toml, or in their own variables. Ctrl-C lets the workers play "
        "out; a second Ctrl-C stops at once.",
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
