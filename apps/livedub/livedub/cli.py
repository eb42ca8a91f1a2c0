"""The command line: which verb, its settings, its help. Pure, but for `settings_of`, which reads the file."""

import argparse
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from service_kit.settings import SettingError

from livedub.errors import EXIT_CODES
from livedub.settings import CommonSettings, Reading, read
from livedub.settings.reading import Parser, add_flags
from livedub.settings.tables import FILE
from livedub.verbs import PROG, VERBS, Verb

ABOUT = "Live dubbing: a stream goes in, the same stream comes out in another language, in sync."
ORDER = f"A flag beats its variable, the variable beats {FILE}, that beats the default."


def overview() -> str:
    """`livedub --help`."""
    width = max(len(verb.name) for verb in VERBS)
    verbs = [f"  {verb.name:<{width}}  {verb.does}" for verb in VERBS]
    examples = [f"  {verb.examples[0]}" for verb in VERBS[:4]]
    return "\n".join(
        (
            f"usage: {PROG} VERB ...",
            "",
            ABOUT,
            "",
            *verbs,
            "",
            "examples:",
            *examples,
            "",
            *exit_codes(),
            "",
            f"{PROG} VERB --help tells more.",
        )
    )


def exit_codes() -> list[str]:
    return ["exit codes:", *(f"  {code:<3} {means}" for code, means in EXIT_CODES.items())]


def epilog(verb: Verb) -> str:
    """What stands at the end of a verb's help."""
    parts = [ORDER, "examples:\n" + "\n".join(f"  {each}" for each in verb.examples)]
    if verb.notes:
        parts.insert(1, textwrap.fill(verb.notes, 100))
    return "\n\n".join((*parts, "\n".join(exit_codes())))


def parser_of(verb: Verb, table: type[CommonSettings]) -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROG} {verb.name}",
        description=verb.does[0].upper() + verb.does[1:] + ".",
        epilog=epilog(verb),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_flags(parser, table, verb.words)
    return parser


def said(verb: Verb, table: type[CommonSettings], arguments: Sequence[str]) -> dict[str, str | None]:
    """The command line, by field. Raises `SettingError`; `--help` prints and exits."""
    known, unknown = parser_of(verb, table).parse_known_args(arguments)
    if unknown:
        # Without its value: a mistyped flag may carry a key.
        shown = unknown[0].partition("=")[0] if unknown[0].startswith("-") else "a word too many"
        raise SettingError(f"{shown}: no such setting (livedub {verb.name} --help lists them)")
    return vars(known)


def settings_of(
    verb: Verb, table: type[CommonSettings], words: Mapping[str, str | None], environ: Mapping[str, str]
) -> Reading[Any]:
    return read(table, words, environ, words=verb.words)
