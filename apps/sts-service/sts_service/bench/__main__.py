"""python -m sts_service.bench quality --set DIR"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from service_kit.logs import configure
from service_kit.settings import SettingError

import sts_service.server.lean  # noqa: F401 - before everything that imports socketio
from sts_service.bench.dubbing import dub
from sts_service.bench.recordings import WrongSet, recordings
from sts_service.bench.report import as_json, table
from sts_service.bench.scores import NoScorer, check
from sts_service.engines.errors import NoEngine
from sts_service.full.settings import FullSettings
from sts_service.server.processor import StreamRefused
from sts_service.server.run import EXIT_OK, EXIT_SETTINGS

PROG = "python -m sts_service.bench"
EXIT_UNFINISHED = 1
"""A fragment has no transcript or no translation."""

_DESCRIPTION = (
    "Sends a folder of recordings through the service's own stages, and scores what they make of it."
)
_EPILOG = """\
the folder, of any number of recordings:
  NAME.wav     16 bit PCM, any rate, any channels
  NAME.txt     what is said in it, UTF-8
  NAME.es.txt  what that is in the target language; without it there is no BLEU and chrF

Every setting of python -m sts_service.full is a flag and a variable here too: --asr-engine faster-whisper,
--whisper-model small. A voice costs time and has no score: --tts-engine tone saves the time.
WER counts words without case and punctuation, all recordings together. Exit code 1: a fragment failed
before it was translated; 2: a wrong setting or folder, in one line."""


def run(arguments: Sequence[str]) -> int:
    own, others = _parser().parse_known_args(arguments)
    try:
        settings = FullSettings.load(others, os.environ, prog=PROG, description=_DESCRIPTION)
        check()
        found = recordings(Path(own.set), own.target)
        configure("sts_service", "warning", "text")
        outcome = asyncio.run(
            dub(found, settings, source=own.source, target=own.target, fragment_s=own.fragment_s)
        )
    except (SettingError, NoScorer, WrongSet, NoEngine, StreamRefused, TimeoutError) as error:
        sys.stderr.write(f"{PROG}: {str(error) or 'the engines are not ready in time'}\n")
        return EXIT_SETTINGS
    print((as_json if own.json else table)(outcome))
    return EXIT_UNFINISHED if any(each.unfinished for each in outcome.dubbed) else EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROG,
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("what", choices=["quality"], help="word error rate, BLEU and chrF")
    parser.add_argument("--set", metavar="DIR", required=True, help="the folder of recordings")
    parser.add_argument("--source", metavar="TAG", default="en", help="language that is spoken [en]")
    parser.add_argument("--target", metavar="TAG", default="es", help="language of the dub [es]")
    parser.add_argument(
        "--fragment-s", metavar="S", type=_fragment_s, default=6.0, help="length of a fragment, 0.5 to 30 [6]"
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    return parser


def _fragment_s(text: str) -> float:
    length_s = float(text)
    if not 0.5 <= length_s <= 30:
        raise ValueError(text)
    return length_s


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
