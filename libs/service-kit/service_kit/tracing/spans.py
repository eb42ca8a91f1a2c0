"""A trace as those who work see it: spans with a name, times and attributes, one inside the other."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextvars import ContextVar, Token
from typing import Literal, Self

Kind = Literal["internal", "client", "server"]
"""`client` waits for another process, `server` works for one."""

Value = str | int | float | bool | None
"""Of an attribute; None is left out."""


class Span(ABC):
    """A piece of work. As a context it is `within` itself, and ends with the block; of an error that escapes,
    its code is told, or its type: its text may quote anything.
    """

    @property
    @abstractmethod
    def traceparent(self) -> str | None:
        """What another process goes on with; None where there is no trace."""

    @abstractmethod
    def part(self, name: str, *, kind: Kind = "internal", begun_ns: int | None = None, **told: Value) -> Span:
        """A piece of this work, begun now, or at `begun_ns` of the monotonic clock."""

    @abstractmethod
    def tell(self, **told: Value) -> None:
        """Attributes: names, numbers and codes only."""

    @abstractmethod
    def end(self, *, failed: str | None = None, ended_ns: int | None = None) -> None:
        """Once; the second time nothing happens. `failed`: a code that says why."""

    def __enter__(self) -> Self:
        self._token: Token[Span] = _current.set(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        _current.reset(self._token)
        self.end(failed=str(getattr(error, "code", kind.__name__)) if kind else None)


class NoSpan(Span):
    """Nobody looks."""

    @property
    def traceparent(self) -> None:
        return None

    def part(self, name: str, *, kind: Kind = "internal", begun_ns: int | None = None, **told: Value) -> Span:
        return self

    def tell(self, **told: Value) -> None:
        pass

    def end(self, *, failed: str | None = None, ended_ns: int | None = None) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


NO_SPAN = NoSpan()

_current: ContextVar[Span] = ContextVar("span", default=NO_SPAN)


def part(name: str, **told: Value) -> Span:
    """A piece of the work that this task is within; to be entered, or ended."""
    return _current.get().part(name, kind="internal", begun_ns=None, **told)


class within:  # noqa: N801  # read as a word: `with within(span):`
    """What the block does is a part of this span, which does not end with it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = _current.set(self._span)
        return self._span

    def __exit__(self, *_: object) -> None:
        _current.reset(self._token)


class Tracer:
    """Begins traces. This one begins none."""

    def begin(self, name: str, *, parent: str | None = None, kind: Kind = "internal", **told: Value) -> Span:
        """`parent`: a `traceparent`; a malformed one is none."""
        return NO_SPAN

    def close(self, timeout_s: float) -> None:
        """Sends what waits, for so long. Blocking."""


NO_TRACER = Tracer()
