"""A reading cut into fragments and heard through the pipeline: every word once, whatever fails on the way."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import FragmentData, ResultMetadata
from sts_service.asr import RATE_HZ, Samples
from sts_service.full import hearing
from sts_service.server.processor import Result
from sts_service.testing.script import Script, Step, read_journal

from full_stream.perfect_ear import PerfectEar, Reading
from full_stream.sounds import audio, fragment, silence
from full_stream.studio import engines, studio

LENGTHS_S = [0.2, 0.4, 0.3, 0.7, 0.15] * 16


@pytest.fixture(autouse=True)
def whatever_is_loud_is_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recording is noise, which no detector of voices takes for one."""

    def loud(samples: Samples, begin_s: float) -> bool:
        return bool(np.abs(samples[round(begin_s * RATE_HZ) :]).max(initial=0) > 0.01)

    monkeypatch.setattr(hearing, "is_speech", loud)


def cuts(reading: Reading, offset_s: float, every_s: float = 6.0) -> list[float]:
    found = [0.0, offset_s]
    while found[-1] + every_s < reading.duration_s:
        found.append(found[-1] + every_s)
    return [*found, reading.duration_s]


def pieces(reading: Reading, edges: list[float]) -> Iterator[tuple[float, Samples]]:
    for start, end in pairwise(round(edge * RATE_HZ) for edge in edges):
        yield start / RATE_HZ, reading.samples[start:end]


def three(reading: Reading) -> list[FragmentData]:
    return [
        fragment(n, audio(sound, RATE_HZ)) for n, (_, sound) in enumerate(pieces(reading, [0, 6, 12, 18]))
    ]


async def heard(
    ear: PerfectEar, edges: list[float], *, skipped: int = -1, usual_ms: int = 6000, **config: Any
) -> list[Result]:
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ, chunk_duration_ms=usual_ms, **config)
        results = []
        for number, (start_s, sound) in enumerate(pieces(ear.reading, edges)):
            if number != skipped:
                sent = fragment(number, audio(sound, RATE_HZ), pts_ns=round(start_s * 1e9))
                results.append(await stream.process(sent))
        stream.close()
    return results


def said(results: list[Result]) -> list[str]:
    return " ".join(result.transcript or "" for result in results).split()


@pytest.mark.parametrize("offset_s", [0.1, 1.3, 2.05, 3.72, 4.9, 5.95])
async def test_a_reading_comes_out_whole_wherever_it_is_cut(offset_s: float) -> None:
    reading = Reading.of(LENGTHS_S)
    results = await heard(PerfectEar(reading), cuts(reading, offset_s))
    # The first fragment is shorter than the usual: nothing is left by it, so its last word may be a part.
    assert [word.lstrip("~") for word in said(results)] == [word.text for word in reading.words]
    assert sum(word.startswith("~") for word in said(results)) <= 1


async def test_fragments_of_a_tenth_of_a_second_lose_no_word() -> None:
    reading = Reading.of([0.3, 0.2, 0.5, 0.25] * 2)
    edges = [n / 10 for n in range(int(reading.duration_s * 10) + 1)]
    results = await heard(PerfectEar(reading), edges, usual_ms=100)
    assert [word.lstrip("~") for word in said(results)] == [word.text for word in reading.words]


async def test_the_lead_in_is_a_second_once_the_engine_tells_words() -> None:
    reading = Reading.of(LENGTHS_S, gap_s=0.3)
    ear = PerfectEar(reading)
    await heard(ear, cuts(reading, 6.0)[:4])
    assert ear.leads_s[0] == 0.0
    assert all(start - lead >= 1.0 for start, lead in zip([6.0, 12.0], ear.leads_s[1:], strict=True))


async def test_an_engine_without_words_hears_each_fragment_alone() -> None:
    reading = Reading.of(LENGTHS_S, gap_s=0.3)
    ear = PerfectEar(reading, tells_words=False)
    results = await heard(ear, cuts(reading, 6.0)[:4])
    assert ear.leads_s == [0.0, 6.0, 12.0]
    assert results[1].metadata is not None
    (segment,) = list(results[1].metadata.segments or ())
    assert segment.text == results[1].transcript


async def test_segments_tell_the_fragment_s_time_and_the_stream_s() -> None:
    reading = Reading.of([2.9, 1.0, 1.4, 0.9], lead_s=1.0)
    # The third word, from 4.9 to 6.3, lies across the cut at 6.
    results = await heard(PerfectEar(reading), [0.0, 6.0, reading.duration_s])
    metadata = results[1].metadata
    assert isinstance(metadata, ResultMetadata)
    (segment,) = list(metadata.segments or ())
    assert segment.text == "w2 w3"
    assert segment.start_ms == 0
    assert segment.end_ms == pytest.approx(1200, abs=2)
    told = segment.to_wire()
    assert told["pts_ns"] == pytest.approx(4.9e9, abs=1e6)
    assert told["end_pts_ns"] == pytest.approx(7.2e9, abs=1e6)
    assert metadata.to_wire()["onset_ms"] == 0


async def test_a_word_left_over_is_said_by_the_fragment_after_a_gap() -> None:
    reading = Reading.of([0.5] * 40, lead_s=0.75)
    # Cut at 6.0: the word from 5.75 is left to a fragment that never comes.
    results = await heard(PerfectEar(reading), [0.0, 6.0, 12.0, 18.0], skipped=1)
    texts = [(result.transcript or "").split() for result in results]
    assert texts[0][-1] == "w9"
    assert texts[1][0].lstrip("~") == "w10"


async def test_a_word_left_over_is_said_when_the_source_goes_on_elsewhere() -> None:
    reading = Reading.of([0.5] * 40, lead_s=0.75)
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        (_, first), _, (_, third) = list(pieces(reading, [0.0, 6.0, 12.0, 18.0]))
        await stream.process(fragment(0, audio(first, RATE_HZ), pts_ns=0))
        result = await stream.process(fragment(1, audio(third, RATE_HZ), pts_ns=12_000_000_000))
        stream.close()
    assert (result.transcript or "").split()[0] == "~w10"
    assert ear.leads_s == [0.0, 12.0], "there is no lead-in across a jump"


async def test_a_word_left_over_is_said_in_the_silence_after_it() -> None:
    reading = Reading.of([0.5] * 11, lead_s=0.75)
    # The last word ends at 6.25; the rest of the next fragment is silent.
    results = await heard(PerfectEar(reading), [0.0, 6.0, reading.duration_s])
    assert [result.transcript for result in results][1] == "w10"


@pytest.mark.logs_errors
async def test_after_a_failure_the_next_fragment_says_what_was_left_and_hears_a_lead_in() -> None:
    reading = Reading.of([0.5] * 40, lead_s=0.75)
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        results = []
        for number, (start_s, sound) in enumerate(pieces(reading, [0.0, 6.0, 12.0, 18.0])):
            ear.fails = 1 if number == 1 else 0
            sent = fragment(number, audio(sound, RATE_HZ), pts_ns=round(start_s * 1e9))
            results.append(await stream.process(sent))
        stream.close()
    assert [result.status for result in results] == ["success", "failed", "success"]
    assert (results[2].transcript or "").split()[0].lstrip("~") == "w10"
    assert ear.leads_s[2] == 11.0


@pytest.mark.logs_errors
async def test_a_retry_before_the_next_fragment_has_what_the_first_try_had() -> None:
    reading = Reading.of([0.5] * 40, lead_s=0.75)
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        sent = three(reading)
        results = [await stream.process(sent[0])]
        ear.fails = 1
        await stream.process(sent[1])
        results += [await stream.process(sent[1]), await stream.process(sent[2])]
        stream.close()
    whole = said(results)
    assert whole == [f"w{n}" for n in range(len(whole))]


async def test_a_retry_after_a_later_stage_failed_is_not_heard_again_and_says_the_same() -> None:
    reading = Reading.of([0.5] * 40, lead_s=0.75)
    ear = PerfectEar(reading)
    broken = Script(steps=(Step(), Step(does="fail")))
    async with studio({**engines(translation=broken), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        sent = three(reading)
        results = [await stream.process(each) for each in (sent[0], sent[1], sent[2], sent[1])]
        stream.close()
    assert [result.status for result in results] == ["success", "failed", "success", "success"]
    assert len(ear.leads_s) == 3
    assert results[3].transcript == results[1].transcript
    assert results[3].stage_timings is not None
    assert results[3].stage_timings.asr_ms is None
    whole = said([results[0], results[3], results[2]])
    assert whole == [f"w{n}" for n in range(len(whole))]


@pytest.mark.logs_errors
async def test_a_retry_behind_its_successor_says_its_own_words_only() -> None:
    reading = Reading.of([0.5] * 40, lead_s=0.75)
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        sent = three(reading)
        await stream.process(sent[0])
        ear.fails = 1
        await stream.process(sent[1])
        third = await stream.process(sent[2])
        second = await stream.process(sent[1])
        stream.close()
    assert "w10" in said([third])[0], "what the first fragment left was said by the third"
    assert not [word for word in said([second]) if "w10" in word]
    last, first = said([second])[-1], said([third])[1]
    assert (last, first) == ("w21", "w22"), "the word across the cut is said by one of them"


async def test_what_was_said_before_is_the_prompt_and_the_translator_s_context() -> None:
    reading = Reading.of([0.5] * 40, gap_s=0.3)
    ear = PerfectEar(reading)
    results = await heard(ear, [0.0, 6.0, 12.0], domain="sports")
    vocabulary, first = ear.prompts
    assert "penalty" in vocabulary
    assert first == f"{vocabulary} {results[0].transcript}"


async def test_silence_after_speech_is_not_transcribed_though_its_lead_in_is_speech() -> None:
    reading = Reading.of([0.5] * 10, gap_s=0.3)
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        await stream.process(fragment(0, audio(reading.samples[: 9 * RATE_HZ], RATE_HZ)))
        result = await stream.process(fragment(1, audio(silence(6.0, RATE_HZ), RATE_HZ)))
        stream.close()
    assert len(ear.leads_s) == 1
    assert (result.transcript, result.stage_timings) == ("", None)


async def test_plain_words_are_finished_before_they_are_translated() -> None:
    reading = Reading.of([0.5, 0.5], gap_s=0.3)
    spec = PerfectEar(reading).spec()
    plain = replace(spec, card=replace(spec.card, plain_text=True))
    async with studio({**engines(), "asr": plain}) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        result = await stream.process(fragment(0, audio(reading.samples, RATE_HZ)))
        stream.close()
    assert result.transcript == "W0 w1."


@pytest.mark.parametrize(("seconds", "is_left"), [(5.952, True), (5.8, False)])
async def test_a_fragment_that_lacks_a_frame_of_its_usual_length_is_followed_by_another(
    seconds: float, is_left: bool
) -> None:
    """AAC at 16 kHz has frames of 64 ms, and a worker that copies it cuts between them."""
    reading = Reading.of([0.5] * 20)
    results = await heard(PerfectEar(reading), [0.0, seconds, reading.duration_s])
    assert ("~" not in " ".join(said(results))) is is_left


async def test_the_translator_is_told_what_was_said_before(tmp_path: Path) -> None:
    reading = Reading.of([0.5] * 40, gap_s=0.3)
    journal = tmp_path / "translation"
    given = engines(translation=Script(journal=str(journal)))
    async with studio({**given, "asr": PerfectEar(reading).spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        first, second, _ = three(reading)
        result = await stream.process(first)
        await stream.process(second)
        await stream.process(first)
        stream.close()
    told = [line["context"] for line in read_journal(journal) if line["event"] == "begin"]
    assert told == ["", result.transcript, ""], "the same for a retry"


async def test_a_late_fragment_does_not_change_what_was_said_last() -> None:
    reading = Reading.of([0.5] * 40, gap_s=0.3)
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ)
        sent = three(reading)
        results = [await stream.process(each) for each in (sent[0], sent[2], sent[1])]
        await stream.process(fragment(3, sent[0].audio))
        stream.close()
    assert ear.prompts[-1] == f"{results[0].transcript} {results[1].transcript}"


async def test_a_stream_remembers_only_so_much() -> None:
    reading = Reading.of([0.4] * 30)
    edges = [n / 5 for n in range(60)]
    ear = PerfectEar(reading)
    async with studio({**engines(), "asr": ear.spec()}, dub_speed_max=2.0) as here:
        stream = here.open(sample_rate_hz=RATE_HZ, chunk_duration_ms=200)
        for number, (_, sound) in enumerate(pieces(reading, edges)):
            await stream.process(fragment(number, audio(sound, RATE_HZ)))
        left = stream._ear._handovers._left  # type: ignore[attr-defined]
        assert len(left) <= 16
        assert max(len(each.tail) for each in left.values()) <= 2.5 * RATE_HZ
        stream.close()
        assert not left
    await asyncio.sleep(0)
