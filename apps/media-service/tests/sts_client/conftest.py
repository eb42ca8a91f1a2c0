"""Short waits for all tests of this room that have a socket."""

import pytest
from media_service.sts import backoff, connection, conversation


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnects at once, and gives up waiting soon."""
    monkeypatch.setattr(backoff, "STEPS_S", (0.02,) * 5)
    monkeypatch.setattr(backoff, "PLATEAU_S", 0.05)
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.3)
    monkeypatch.setattr(connection, "CLOSE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(conversation, "READY_TIMEOUT_S", 0.3)
