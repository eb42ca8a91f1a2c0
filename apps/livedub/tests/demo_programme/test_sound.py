"""The programme's sound: sentences at their places, over a bed that is far below."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from livedub.demo import voice
from livedub.demo.reader import Maker, Reader
from livedub.demo.schedule import LEAD_S
from livedub.demo.script import SENTENCES
from livedub.demo.voice import BED_DBFS, RATE_HZ, SPEECH_DBFS, bed, say

from demo_programme.fakes import NOTHING, Sentences, tone

SILENCE = np.zeros((1000, 2), np.float32)


@given(st.lists(st.integers(1, 40_000), min_size=1, max_size=30))
def test_the_sound_is_the_same_in_whatever_pieces_it_is_read(pieces: list[int]) -> None:
    whole = Reader(Sentences(0.1, 0.3), SILENCE).read(sum(pieces))
    reader = Reader(Sentences(0.1, 0.3), SILENCE)
    assert np.array_equal(whole, np.concatenate([reader.read(count) for count in pieces]))


def test_each_sentence_is_heard_where_it_is_placed_and_nothing_between() -> None:
    heard = Reader(Sentences(0.5, 2.0), SILENCE).read(6 * RATE_HZ)[:, 0] > 0
    edges = np.flatnonzero(np.diff(heard.astype(int))) / RATE_HZ
    assert edges[:4] == pytest.approx([LEAD_S, LEAD_S + 0.5, LEAD_S + 0.9, LEAD_S + 2.9], abs=1e-3)


def test_the_bed_goes_round_without_a_seam_and_is_thirty_decibels_below() -> None:
    room = bed(3.0)
    level = 20 * math.log10(float(np.sqrt(np.mean(room**2))))
    assert level == pytest.approx(BED_DBFS, abs=0.1)
    assert level <= SPEECH_DBFS - 30
    step = float(np.abs(room[0] - room[-1]).max())
    assert step <= float(np.abs(np.diff(room, axis=0)).max())
    assert not np.array_equal(room[:, 0], room[:, 1])


def test_a_sentence_is_as_loud_as_the_others_and_has_no_silence_around_it() -> None:
    for text in (SENTENCES[3], SENTENCES[20]):
        said = say(text)
        assert 20 * math.log10(float(np.sqrt(np.mean(said**2)))) == pytest.approx(SPEECH_DBFS, abs=0.1)
        assert float(np.abs(said).max()) < 0.9
        assert 2.5 <= len(said) / RATE_HZ <= 5.0
        edge = RATE_HZ // 20
        assert np.abs(said[:edge]).max() > 0.003 * np.abs(said).max()
        assert np.abs(said[-edge:]).max() > 0.003 * np.abs(said).max()


@pytest.mark.slow
def test_every_sentence_takes_two_and_a_half_to_five_seconds() -> None:
    lengths = [len(say(text)) / RATE_HZ for text in SENTENCES]
    assert min(lengths) >= 2.5
    assert max(lengths) <= 5.0
    assert sum(lengths) > 180


def test_sentences_are_made_ahead_of_their_time_and_in_order() -> None:
    said: list[str] = []

    def listening(text: str) -> voice.Mono:
        said.append(text)
        return tone(text)

    with Maker(("0.1", "0.2", "0.3"), listening, lambda text: NOTHING) as maker:
        made = [maker.take() for _ in range(5)]
    assert [each.text for each in made] == ["0.1", "0.2", "0.3", "0.1", "0.2"]
    assert [each.number for each in made] == list(range(5))
    assert said[:5] == [each.text for each in made]


def test_what_cannot_be_said_ends_the_programme() -> None:
    def mute(text: str) -> voice.Mono:
        raise ZeroDivisionError

    with Maker(("a",), mute, lambda text: NOTHING) as maker, pytest.raises(ZeroDivisionError):
        maker.take()
