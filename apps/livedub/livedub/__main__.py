"""python -m livedub, and the command `livedub`"""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence

from service_kit.settings import SettingError

from livedub.cli import overview, said, settings_of
from livedub.errors import OK, Failed, OurFault, SettingsWrong
from livedub.process_list import without_secrets
from livedub.verbs import PROG, find


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(overview())
        return OK if arguments else SettingsWrong.exit_code
    found = find(arguments)
    if found is None:
        return _failed(SettingsWrong(f"{arguments[0]}: no such verb ({PROG} --help lists them)"))
    verb, rest = found
    try:
        table = verb.table
        if table is None:
            return verb.run([verb.name, *rest])
        words = said(verb, table, rest)
        hidden = without_secrets(verb, table, words)
        if hidden is not None:
            # The same command once more, in this very process, with its secrets out of sight.
            command = [sys.executable, "-P", "-m", "livedub", *verb.name.split(), *hidden.arguments]
            os.execve(sys.executable, command, {**os.environ, **hidden.variables})
        return verb.run(settings_of(verb, table, words, os.environ))
    except SettingError as error:
        return _failed(SettingsWrong(str(error)))
    except Failed as error:
        return _failed(error)
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain about it once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        return _failed(OurFault(f"our own fault: {type(error).__name__}; details: {_kept(error)}"))


def script() -> None:
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


def _failed(error: Failed) -> int:
    details = f" (log: {error.log})" if error.log is not None else ""
    sys.stderr.write(f"{PROG}: {error}{details}\n")
    return error.exit_code


def _kept(error: Exception) -> str:
    """A file with the details."""
    with tempfile.NamedTemporaryFile("w", prefix="livedub-", suffix=".log", delete=False) as file:
        traceback.print_exception(error, file=file)
    return file.name


if __name__ == "__main__":
    script()
