"""How engines fail.

* Exception
  + EngineError    a call failed: the fragment's error
  + NotHere        the engine cannot run on this machine as it is: a line for the operator
  + NoEngine       no engine serves a stage: a line for the operator
"""

from dubbing_protocol import ERRORS, ErrorCode


class EngineError(Exception):
    """A call that gave nothing. The message tells no speech and no secret: it is logged and sent."""

    def __init__(self, code: ErrorCode, message: str, *, retryable: bool | None = None) -> None:
        """`retryable` is the code's own unless said otherwise."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = ERRORS[code].retryable if retryable is None else retryable

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (self.code, self.message, self.retryable)


def _rebuilt(code: ErrorCode, message: str, retryable: bool) -> EngineError:
    return EngineError(code, message, retryable=retryable)


class NotHere(Exception):
    """Why the engine cannot be used here, and what to do about it, in one line."""


class NoEngine(Exception):
    """Why no engine, or not the wanted one, serves a stage, in one line."""
