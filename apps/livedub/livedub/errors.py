"""What can go wrong, and the exit codes: one table for the code, the documentation and `--help`.

    Failed
    + CheckFailed            1
    + SettingsWrong          2
    + InputFailed           10
    + OutputFailed          20
    + SpeechServiceFailed   30
    + OurFault              70

The message is one line for a person, without any key.
"""

from collections.abc import Mapping
from pathlib import Path

OK = 0

EXIT_CODES: Mapping[int, str] = {
    OK: "it is done, or was told to stop",
    1: "the demo's self-check found a fault",
    2: "a setting is wrong, or this machine lacks something",
    10: "the input: unreachable, gone for good, or without sound",
    20: "the output: refuses, is gone for good, or cannot carry the codec",
    30: "the speech service: unreachable, unable, or lost",
    70: "our own fault",
}


class Failed(Exception):
    exit_code = 70
    log: Path | None = None
    """Where the details are."""


class CheckFailed(Failed):
    exit_code = 1


class SettingsWrong(Failed):
    exit_code = 2


class InputFailed(Failed):
    exit_code = 10


class OutputFailed(Failed):
    exit_code = 20


class SpeechServiceFailed(Failed):
    exit_code = 30


class OurFault(Failed):
    exit_code = 70


_BY_CODE = {kind.exit_code: kind for kind in (SettingsWrong, InputFailed, OutputFailed, SpeechServiceFailed)}


def failure(exit_code: int, message: str) -> Failed:
    """Of a process that ended with this code."""
    return _BY_CODE.get(exit_code, OurFault)(message)


def first_cause(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first, of tasks that were ended together."""
    error: BaseException = several
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
