"""faster-whisper, the real one, on models that say what they are told."""

import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from speech import gap, join, say
from sts_service.asr import RATE_HZ, Samples, Transcript
from sts_service.asr.faster_whisper import FasterWhisper, first_windows, make, max_new_tokens
from sts_service.asr.whisper_transcript import transcript_of
from sts_service.engines import EngineError, EngineSettings, NotHere

from neural import tiny_whisper

WORDS = [("ministers", 0.6), ("meet", 1.6), ("their", 2.2), ("neighbours", 3.0), ("today", 4.4)]
END_S = 5.4
TEXT = "The government has announced a new plan to protect the environment in the north."

Maker = Callable[..., FasterWhisper]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whisper")
    tiny_whisper.scripted(root / "told", WORDS, end_s=END_S)
    tiny_whisper.scripted(root / "unsure", WORDS, end_s=END_S, certainty=1.0)
    tiny_whisper.scripted(root / "late", [("late", 0.5), ("words", 29.0)], end_s=29.5)
    tiny_whisper.scripted(root / "endless", [("again", 0.5), ("and", 1.0)], forever=True)
    tiny_whisper.random(root / "babbling")
    return root


@pytest.fixture(scope="module")
def engine(models: Path) -> Maker:
    def engine(model: str = "told", **changed: Any) -> FasterWhisper:
        made = make(EngineSettings(model_path=str(models), whisper_model=model, **changed))
        assert isinstance(made, FasterWhisper)
        return made

    return engine


def speech(length_s: float = 6.0) -> Samples:
    said = join([gap(0.3), say(TEXT), say(TEXT), say(TEXT), say(TEXT), say(TEXT), say(TEXT), say(TEXT)])
    return said[: round(length_s * RATE_HZ)]


def lies_in(transcript: Transcript, length_s: float) -> bool:
    words = [word for segment in transcript.segments for word in segment.words]
    times = [(word.start_s, word.end_s) for word in words]
    times += [(segment.start_s, segment.end_s) for segment in transcript.segments]
    return all(0 <= start_s <= end_s <= length_s for start_s, end_s in times)


async def test_it_hears_the_words_and_when_they_were_said(engine: Maker) -> None:
    heard = await engine().transcribe(speech(), "en", "")
    assert heard.text == "ministers meet their neighbours today"
    assert heard.language == "en"
    [segment] = heard.segments
    assert segment.text == heard.text
    assert [word.text for word in segment.words] == [word for word, _ in WORDS]
    for word, (_, at_s) in zip(segment.words, WORDS, strict=True):
        # The model's eight bits leave its sense of time steps of an eighth of a second.
        assert word.end_s > at_s - 0.35
        assert word is segment.words[0] or abs(word.start_s - at_s) < 0.35
    assert all(before.end_s <= after.start_s + 0.01 for before, after in itertools.pairwise(segment.words))


async def test_a_certain_model_is_confident_and_an_unsure_one_is_not(engine: Maker) -> None:
    certain = await engine("told").transcribe(speech(), "en", "")
    unsure = await engine("unsure").transcribe(speech(), "en", "")
    assert certain.confidence is not None
    assert certain.confidence > 0.95
    assert unsure.confidence is not None
    assert 0.2 < unsure.confidence < 0.8


@pytest.mark.parametrize("length_s", [0, 0.01, 0.1, 6, 30])
async def test_silence_of_any_length_has_no_words(engine: Maker, length_s: float) -> None:
    heard = await engine().transcribe(gap(length_s), "en", "")
    assert (heard.text, heard.segments, heard.confidence) == ("", (), None)


async def test_thirty_seconds_are_heard_in_one_go(engine: Maker) -> None:
    heard = await engine("late").transcribe(speech(30), "en", "")
    assert heard.text == "late words"
    assert heard.segments[0].end_s > 25


async def test_times_beyond_the_sound_are_clamped_to_it(engine: Maker) -> None:
    heard = await engine("late").transcribe(speech(6), "en", "")
    assert heard.text == "late words"
    assert lies_in(heard, 6)


async def test_a_babbling_model_stays_within_the_sound(engine: Maker) -> None:
    for length_s in (0.5, 2, 6):
        assert lies_in(await engine("babbling").transcribe(speech(length_s), "en", ""), length_s)


async def test_a_model_that_repeats_itself_comes_to_an_end(engine: Maker) -> None:
    heard = await engine("endless").transcribe(speech(6), "en", "")
    assert 10 < len(heard.text.split()) <= 2 * max_new_tokens(6)


async def test_a_window_is_tried_once_and_knows_nothing_of_the_one_before(engine: Maker) -> None:
    whisper = engine("endless")
    inner, calls = whisper._model.model, []

    def generate(encoded: Any, prompt: list[list[int]], **options: Any) -> Any:
        calls.append((len(prompt[0]), options["beam_size"]))
        return inner.generate(encoded, prompt, **options)

    whisper._model.model = Wrapped(inner, generate)
    await whisper.transcribe(speech(30), "en", "")
    # What repeats itself is what faster-whisper would like to try again, at another temperature.
    control_tokens, no_beams = 3, 1
    assert set(calls) == {(control_tokens, no_beams)}
    # Thirty seconds, a rest that is heard once more, and the one that shows that it creeps.
    assert len(calls) <= 3


class Wrapped:
    """CTranslate2's model with one method of ours."""

    def __init__(self, model: Any, generate: Callable[..., Any]) -> None:
        self._model = model
        self.generate = generate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


async def test_the_end_of_the_prompt_reaches_the_model_and_leaves_it_room(engine: Maker) -> None:
    whisper = engine()
    inner, prompts = whisper._model.model, []

    def generate(encoded: Any, prompt: list[list[int]], **options: Any) -> Any:
        prompts.append(prompt[0])
        return inner.generate(encoded, prompt, **options)

    whisper._model.model = Wrapped(inner, generate)
    heard = await whisper.transcribe(speech(), "en", "meet " * 1000 + "today")
    assert heard.text == "ministers meet their neighbours today"
    tokens = whisper._model.hf_tokenizer
    before = prompts[0][1:-3]
    assert prompts[0][0] == tokens.token_to_id("<|startofprev|>")
    assert prompts[0][-3] == tokens.token_to_id("<|startoftranscript|>")
    assert 50 < len(before) <= 100
    assert before == tokens.encode("meet " * 1000 + "today", add_special_tokens=False).ids[-len(before) :]

    await whisper.transcribe(speech(), "en", " \n")
    assert len(prompts[1]) == 3


async def test_the_language_is_told_to_the_model_and_not_guessed(engine: Maker) -> None:
    whisper = engine()
    inner, prompts = whisper._model.model, []

    def generate(encoded: Any, prompt: list[list[int]], **options: Any) -> Any:
        prompts.append(prompt[0])
        return inner.generate(encoded, prompt, **options)

    whisper._model.model = Wrapped(inner, generate)
    for language in ("es-419", "nb"):
        assert (await whisper.transcribe(speech(), language, "")).language == language
    told = [whisper._model.hf_tokenizer.id_to_token(prompt[1]) for prompt in prompts]
    assert told == ["<|es|>", "<|no|>"]


async def test_a_language_that_whisper_does_not_know_is_refused(engine: Maker) -> None:
    with pytest.raises(EngineError) as refused:
        await engine().transcribe(speech(), "eo", "")
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE
    assert not refused.value.retryable


async def test_a_full_gpu_is_told_and_after_freeing_it_the_engine_works_again(engine: Maker) -> None:
    whisper = engine()
    inner = whisper._model.model

    def full(*_: Any, **__: Any) -> Any:
        raise RuntimeError("CUDA failed with error out of memory")

    whisper._model.model = Wrapped(inner, full)
    with pytest.raises(EngineError) as told:
        await whisper.transcribe(speech(), "en", "")
    assert told.value.code == ErrorCode.GPU_OOM
    assert told.value.retryable
    whisper._model.model = inner
    whisper.free_memory()
    assert (await whisper.transcribe(speech(), "en", "")).text


async def test_a_library_of_cudas_that_is_missing_is_named(engine: Maker) -> None:
    whisper = engine()

    def without(*_: Any, **__: Any) -> Any:
        raise RuntimeError("Library libcublas.so.12 is not found or cannot be loaded")

    whisper._model.model = Wrapped(whisper._model.model, without)
    with pytest.raises(EngineError, match=r"^faster-whisper cannot load libcublas\.so\.12: "):
        await whisper.transcribe(speech(), "en", "")


async def test_another_failure_is_the_models_and_quotes_nothing(engine: Maker) -> None:
    whisper = engine()

    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("cannot decode: ministers meet")

    whisper._model.model = Wrapped(whisper._model.model, broken)
    with pytest.raises(EngineError) as told:
        await whisper.transcribe(speech(), "en", "")
    assert told.value.code == ErrorCode.MODEL_ERROR
    assert "ministers" not in told.value.message


def test_a_broken_model_is_not_here_and_is_named(models: Path, tmp_path: Path) -> None:
    tiny_whisper.random(tmp_path / "broken")
    whole = (tmp_path / "broken/model.bin").read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", b"no model"):
        (tmp_path / "broken/model.bin").write_bytes(damaged)
        with pytest.raises(NotHere, match="broken"):
            make(EngineSettings(model_path=str(tmp_path), whisper_model="broken"))


def test_arithmetic_that_the_device_lacks_is_told(engine: Maker) -> None:
    with pytest.raises(NotHere, match="float17"):
        engine(whisper_compute_type="float17")


def test_only_so_many_windows_are_taken() -> None:
    segments = (SimpleNamespace(seek=at) for at in itertools.count())
    assert [segment.seek for segment in first_windows(segments, 3)] == [0, 1, 2]


def test_what_begins_after_the_sound_was_not_said() -> None:
    def segment(text: str, start: float, end: float) -> SimpleNamespace:
        return SimpleNamespace(text=text, start=start, end=end, words=None, tokens=[1], avg_logprob=-0.5)

    heard = transcript_of([segment(" one", -1, 2), segment(" ", 2, 3), segment(" two", 6.0, 8.0)], 6.0, "en")
    assert heard.text == "one"
    assert lies_in(heard, 6)
    assert heard.confidence == pytest.approx(np.exp(-0.5))


async def test_closing_gives_the_models_memory_back(engine: Maker) -> None:
    whisper = engine()
    await whisper.close()
    assert not whisper._model.model.model_is_loaded
