"""Tokens and logins: what opens, what does not, and how often one may try."""

import hmac

import pytest
from media_service.orchestrator.login import door as door_module
from media_service.orchestrator.login.door import LOGINS_AT_ONCE, TOKENS_AT_ONCE, Door, TooManyGuesses

TOKEN, HOOKS, HERE = "operators-token", "hooks-token", "10.0.0.1"


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def door(token: str | None = TOKEN, hook_token: str | None = HOOKS, clock: Clock | None = None) -> Door:
    return Door(token, hook_token, b"s" * 32, clock=clock or Clock())


@pytest.mark.parametrize("for_hooks", [False, True])
@pytest.mark.parametrize(
    "given", ["", "operators-toke", "operators-token2", "OPERATORS-TOKEN", "ä", "\udcff"]
)
def test_no_other_token_fits(given: str, for_hooks: bool) -> None:
    assert not door().fits(given, HERE, for_hooks=for_hooks)


def test_the_hooks_token_fits_hooks_alone() -> None:
    assert door().fits(HOOKS, HERE, for_hooks=True)
    assert not door().fits(HOOKS, HERE, for_hooks=False)
    assert door().fits(TOKEN, HERE, for_hooks=True)


@pytest.mark.parametrize(
    ("token", "hook_token", "for_hooks", "needed"),
    [
        (None, None, False, False),
        (None, None, True, False),
        (None, HOOKS, False, False),
        (None, HOOKS, True, True),
        (TOKEN, None, False, True),
        (TOKEN, None, True, True),
    ],
)
def test_where_a_token_is_set_one_is_needed(
    token: str | None, hook_token: str | None, for_hooks: bool, needed: bool
) -> None:
    assert door(token, hook_token).is_needed(for_hooks=for_hooks) is needed


def test_a_login_needs_the_token_and_not_the_hooks() -> None:
    ours = door()
    assert ours.log_in(HOOKS, "mary", HERE) is None
    cookie = ours.log_in(TOKEN, "mary", HERE)
    session = ours.session(cookie)
    assert session is not None
    assert session.name == "mary"
    ours.log_out(session)
    assert ours.session(cookie) is None


def test_without_a_token_nobody_is_logged_in() -> None:
    ours = door(token=None)
    assert not ours.login_needed
    assert ours.log_in("", None, HERE) is None
    assert ours.session(door().log_in(TOKEN, None, HERE)) is None


def test_while_somebody_must_wait_the_right_token_is_not_taken_either() -> None:
    clock = Clock()
    ours = door(clock=clock)
    for _ in range(LOGINS_AT_ONCE):
        assert ours.log_in("wrong", None, HERE) is None
    with pytest.raises(TooManyGuesses) as many:
        ours.log_in(TOKEN, None, HERE)
    assert ours.log_in(TOKEN, None, "10.0.0.2") is not None
    clock.now_s += many.value.retry_after_s
    assert ours.log_in(TOKEN, None, HERE) is not None


def test_guesses_by_bearer_are_slowed_too_and_right_ones_cost_nothing() -> None:
    ours = door()
    for _ in range(2 * TOKENS_AT_ONCE):
        assert ours.fits(TOKEN, HERE, for_hooks=False)
    for _ in range(TOKENS_AT_ONCE):
        assert not ours.fits("wrong", HERE, for_hooks=False)
    with pytest.raises(TooManyGuesses):
        ours.fits(TOKEN, HERE, for_hooks=False)


def test_every_comparison_takes_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    class Watched:
        @staticmethod
        def compare_digest(one: bytes, other: bytes) -> bool:
            compared.append((one, other))
            return hmac.compare_digest(one, other)

    monkeypatch.setattr(door_module, "hmac", Watched)
    ours = door()
    assert ours.fits(TOKEN, HERE, for_hooks=True)
    assert not ours.fits("x" * 5000, HERE, for_hooks=True)
    assert ours.log_in("x", None, HERE) is None
    # Both tokens are compared whichever fits, and what is compared has one length.
    assert len(compared) == 5
    assert {len(one) for pair in compared for one in pair} == {32}
