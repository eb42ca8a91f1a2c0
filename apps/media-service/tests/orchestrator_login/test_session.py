"""A session says who, holds nothing that opens anything else, and has an end."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from media_service.orchestrator.login.session import (
    LIVES_S,
    LONGEST,
    MOST_ENDED,
    Sessions,
    secret_of,
)

SECRET, TOKEN = b"s" * 32, "operators-token"


class Clock:
    now_s = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


def sessions(secret: bytes = SECRET, token: str = TOKEN, clock: Clock | None = None) -> Sessions:
    return Sessions(secret, token, clock or Clock())


def test_a_session_says_who_and_until_when() -> None:
    ours = sessions()
    found = ours.find(ours.begin("mary"))
    assert found is not None
    assert (found.name, found.until_unix_s) == ("mary", 1_700_000_000 + LIVES_S)


@given(st.none() | st.text(max_size=64))
@example("\U0001f600" * 64)
def test_any_name_comes_back_as_it_was_and_fits_into_a_cookie(name: str | None) -> None:
    ours = sessions()
    cookie = ours.begin(name)
    assert len(cookie) <= LONGEST
    # What RFC 6265 allows in a cookie's value, without quotes.
    assert all(letter.isascii() and letter.isprintable() and letter not in ' ",;\\' for letter in cookie)
    found = ours.find(cookie)
    assert found is not None
    assert found.name == name


def test_it_is_over_when_its_time_is() -> None:
    clock = Clock()
    ours = sessions(clock=clock)
    cookie = ours.begin(None)
    clock.now_s += LIVES_S - 1
    assert ours.find(cookie) is not None
    clock.now_s += 1
    assert ours.find(cookie) is None


@pytest.mark.parametrize("other", [sessions(token="another-token"), sessions(secret=b"t" * 32)])
def test_it_dies_with_a_changed_token_and_is_nothing_elsewhere(other: Sessions) -> None:
    assert other.find(sessions().begin("mary")) is None


def test_it_outlives_a_restart() -> None:
    assert sessions().find(sessions().begin("mary")) is not None


def test_one_that_was_ended_is_over_and_the_others_go_on() -> None:
    ours = sessions()
    one, two = ours.begin("mary"), ours.begin("mary")
    found = ours.find(one)
    assert found is not None
    ours.end(found)
    assert ours.find(one) is None
    assert ours.find(two) is not None


def test_each_login_has_a_session_of_its_own() -> None:
    ours = sessions()
    assert len({ours.begin("mary") for _ in range(20)}) == 20


def test_the_ends_that_are_remembered_are_bounded_and_the_newest_stay() -> None:
    ours = sessions()
    cookies = [ours.begin(None) for _ in range(MOST_ENDED + 5)]
    for cookie in cookies:
        found = ours.find(cookie)
        assert found is not None
        ours.end(found)
    assert len(ours._ended) == MOST_ENDED
    assert ours.find(cookies[-1]) is None


def test_an_end_is_forgotten_when_the_session_would_be_over_anyway() -> None:
    clock = Clock()
    ours = sessions(clock=clock)
    for _ in range(2):
        found = ours.find(ours.begin(None))
        assert found is not None
        ours.end(found)
        clock.now_s += LIVES_S
    assert len(ours._ended) == 1


def test_nothing_of_the_token_is_in_it() -> None:
    ours = sessions()
    body = ours.begin("mary").partition(".")[0]
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert set(told) == {"id", "name", "until"}
    assert TOKEN not in json.dumps(told)


@given(st.data())
def test_no_changed_letter_makes_another_session(data: st.DataObject) -> None:
    ours = sessions()
    cookie = ours.begin("mary")
    place = data.draw(st.integers(0, len(cookie) - 1))
    letter = data.draw(st.characters())
    changed = cookie[:place] + letter + cookie[place + 1 :]
    found = ours.find(changed)
    # The last letter of each half has bits that mean nothing.
    assert found is None or found == ours.find(cookie)


@given(st.text(max_size=2 * LONGEST))
def test_what_nobody_signed_is_no_session_and_no_fault(cookie: str) -> None:
    assert sessions().find(cookie) is None


def test_the_secret_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    made = secret_of(tmp_path)
    assert len(made) == 32
    assert secret_of(tmp_path) == made
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o077 == 0
    other = tmp_path / "other"
    other.mkdir()
    assert secret_of(other) != made


def test_a_secret_that_was_cut_short_is_made_anew(tmp_path: Path) -> None:
    secret_of(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"short")
    assert len(secret_of(tmp_path)) == 32
