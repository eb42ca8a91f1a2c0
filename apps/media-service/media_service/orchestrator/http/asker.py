"""Who asks: the name of the page's session, else what `X-Operator` says."""

from typing import Annotated

from fastapi import Depends, Header, Request

from media_service.orchestrator.login.session import Session
from media_service.orchestrator.names.words import who


def session_of(request: Request) -> Session | None:
    """As the gate found it."""
    found: Session | None = getattr(request.state, "session", None)
    return found


def _asker(
    request: Request,
    operator: Annotated[
        str | None, Header(alias="X-Operator", max_length=256, description="who, for the log")
    ] = None,
) -> str:
    session = session_of(request)
    return who(session.name if session is not None and session.name else operator)


Asker = Annotated[str, Depends(_asker)]
