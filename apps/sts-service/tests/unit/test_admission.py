"""Who may connect."""

import pytest
from dubbing_protocol import ErrorCode
from hypothesis import given
from hypothesis import strategies as st
from sts_service.server import admission
from sts_service.server.admission import Admission, Refusal

KEY = "the-key"


def code(refusal: Refusal | None) -> ErrorCode | None:
    return refusal.code if refusal else None


def test_an_open_server_asks_for_no_token() -> None:
    assert Admission(None, 100, 50).refusal("peer", None, 0, 0.0) is None


@pytest.mark.parametrize(
    ("token", "refused"),
    [
        (KEY, False),
        (None, True),
        ("", True),
        ("the-keY", True),
        ("the-key ", True),
        (KEY.encode(), True),
        (["the-key"], True),
        ({"token": KEY}, True),
        (0, True),
        ("schlüssel", True),
        ("\ud800", True),
    ],
)
def test_the_token_must_equal_the_key(token: object, refused: bool) -> None:
    refusal = Admission(KEY, 100, 50).refusal("peer", token, 0, 0.0)
    assert code(refusal) == (ErrorCode.AUTH_FAILED if refused else None)
    assert refusal is None or KEY not in refusal.message


def test_a_key_outside_ascii_is_compared_as_well() -> None:
    assert Admission("schlüssel", 100, 50).refusal("peer", "schlüssel", 0, 0.0) is None


@given(st.text())
def test_no_other_token_opens(token: str) -> None:
    refusal = Admission(KEY, 100, 50).refusal("peer", token, 0, 0.0)
    assert code(refusal) == (None if token == KEY else ErrorCode.AUTH_FAILED)


@pytest.mark.parametrize(("connections", "refused"), [(0, None), (2, None), (3, ErrorCode.RATE_LIMIT)])
def test_connections_at_once_are_bounded(connections: int, refused: ErrorCode | None) -> None:
    assert code(Admission(None, 3, 50).refusal("peer", None, connections, 0.0)) == refused


def test_connections_a_second_are_bounded_for_each_peer() -> None:
    door = Admission(None, 100, 2)
    answers = [code(door.refusal("a", None, 0, now)) for now in (0.0, 0.1, 0.2)]
    assert answers == [None, None, ErrorCode.RATE_LIMIT]
    assert door.refusal("b", None, 0, 0.2) is None
    assert door.refusal("a", None, 0, 1.0) is None


def test_a_wrong_token_counts_towards_the_rate() -> None:
    door = Admission(KEY, 100, 2)
    answers = [code(door.refusal("a", "guess", 0, 0.0)) for _ in range(3)]
    assert answers == [ErrorCode.AUTH_FAILED, ErrorCode.AUTH_FAILED, ErrorCode.RATE_LIMIT]


def test_a_refusal_for_the_rate_does_not_lengthen_it() -> None:
    door = Admission(None, 100, 1)
    answers = [code(door.refusal("a", None, 0, now)) for now in (0.0, 0.5, 0.9, 1.0)]
    assert answers == [None, ErrorCode.RATE_LIMIT, ErrorCode.RATE_LIMIT, None]


def test_the_peers_remembered_are_bounded_and_busy_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MAX_PEERS", 3)
    door = Admission(None, 100, 1)
    for peer in ("a", "b"):
        door.refusal(peer, None, 0, 0.0)
    door.refusal("busy", None, 0, 5.0)
    door.refusal("new", None, 0, 5.0)
    assert set(door._peers) == {"busy", "new"}
    assert code(door.refusal("busy", None, 0, 5.0)) is ErrorCode.RATE_LIMIT
