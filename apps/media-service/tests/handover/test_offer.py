"""What the two say to each other."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_service.handover.choice import MOST, Keyframe
from media_service.handover.names import LONGEST, second_name
from media_service.handover.offer import Agreement, NotUnderstood, Offer, run_id_of
from media_service.worker.http import LARGEST_BODY

numbers = st.integers(-(1 << 40), 1 << 40)
names = st.text("0123456789abcdef", min_size=1, max_size=16)
offers = st.builds(
    Offer,
    names,
    numbers,
    st.lists(st.builds(Keyframe, names, st.integers(-(10**11), 10**11)), max_size=MOST).map(tuple),
    st.booleans(),
)
agreements = st.builds(
    Agreement,
    st.none() | names,
    numbers,
    numbers,
    numbers,
    st.sampled_from(["dub", "original", "mute"]),
)


@given(offers, agreements)
def test_both_are_read_as_they_were_written(offer: Offer, agreement: Agreement) -> None:
    assert Offer.parse(offer.to_json()) == offer
    assert Agreement.parse(agreement.to_json()) == agreement


def test_the_longest_offer_fits_into_a_request() -> None:
    keyframes = tuple(Keyframe("f" * 16, 99_999_999_999) for _ in range(MOST + 5))
    offer = Offer("f" * 32, 120_000_000_000, keyframes, True)
    assert len(offer.to_json()) < LARGEST_BODY
    assert len(Offer.parse(offer.to_json()).keyframes) == MOST


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"run_id":"a","delay_ns":1}',
        b'{"run_id":"","delay_ns":1,"keyframes":[]}',
        b'{"run_id":"a","delay_ns":true,"keyframes":[]}',
        b'{"run_id":"a","delay_ns":1.5,"keyframes":[]}',
        b'{"run_id":"a","delay_ns":1,"keyframes":[["a"]]}',
        b'{"run_id":"a","delay_ns":1,"keyframes":[["a",1e30]]}',
        b'{"run_id":"a","delay_ns":1,"keyframes":[[1,1]]}',
        b'{"run_id":"' + b"a" * 65 + b'","delay_ns":1,"keyframes":[]}',
        b'{"run_id":"a","delay_ns":1,"keyframes":[' + b'["a",1],' * MOST + b'["a",1]]}',
    ],
)
def test_an_offer_of_another_shape_is_not_understood(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        Offer.parse(body)


@given(st.binary(max_size=60))
def test_whatever_is_sent_nothing_else_comes_of_it(body: bytes) -> None:
    for parse in (Offer.parse, Agreement.parse, run_id_of):
        with contextlib.suppress(NotUnderstood):
            parse(body)


@given(st.text("abcXYZ019_-", min_size=1, max_size=LONGEST))
def test_the_second_name_is_another_and_no_longer_than_names_may_be(name: str) -> None:
    second = second_name(name)
    assert second != name
    assert len(second) <= LONGEST


def test_long_names_have_second_names_of_their_own() -> None:
    assert second_name("a" * 64) != second_name("a" * 63 + "b")
