"""What can go wrong for a worker, and what it says of it.

    WorkerError
    + SettingsWrong          2   a setting; nothing was connected
    + InputFailed           10   the source: unreachable, gone, or without sound
    + OutputFailed          20   where the stream goes to: refuses, is gone, or cannot carry the codec
    + SpeechServiceFailed   30   the speech service, where its loss ends the worker
    + OurFault              70   anything else

The number is the exit code. The message is one line for a person and names the setting or the stream, never a
key; `detail` is what the element or library said, for the log.
"""


class WorkerError(Exception):
    exit_code = 70
    retryable = False
    """A new attempt may succeed."""

    def __init__(self, message: str, *, detail: str = "", retryable: bool | None = None) -> None:
        super().__init__(message)
        self.detail = detail
        if retryable is not None:
            self.retryable = retryable


class SettingsWrong(WorkerError):
    exit_code = 2


class InputFailed(WorkerError):
    exit_code = 10
    retryable = True


class OutputFailed(WorkerError):
    exit_code = 20
    retryable = True


class SpeechServiceFailed(WorkerError):
    exit_code = 30


class OurFault(WorkerError):
    pass
