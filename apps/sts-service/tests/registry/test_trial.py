"""The trial measures, and its sample is always the same."""

from dataclasses import replace

import numpy as np
import pytest
from sts_service.engines import EngineError, EngineSettings, Offer
from sts_service.engines.trial import KEEPS_UP, TRIAL_S, sample_call, speech_like, trial
from sts_service.testing import fakes
from sts_service.testing.script import Script, Step, read_journal

S = 1_000_000_000


class Clock:
    """Goes on by what each call is said to take."""

    def __init__(self, *takes_s: float) -> None:
        self.times = [0]
        for each in takes_s:
            self.times += [self.times[-1] + round(each * S)] * 2

    def __call__(self) -> int:
        return self.times.pop(0)


@pytest.mark.parametrize(
    ("takes_s", "factor"),
    [
        ((1.2,), 0.2),
        ((6.0, 1.2), 0.2),
        ((3.0, 6.0), 0.5),
        ((12.0, 9.0), 1.5),
        ((60.0,), 10.0),
    ],
)
async def test_the_first_call_may_be_slow_once(takes_s: tuple[float, ...], factor: float) -> None:
    spec = fakes.translator(Script())
    clock = Clock(*takes_s)
    engine = spec.make(EngineSettings())
    assert await trial(engine, spec.card, now_ns=clock) == pytest.approx(factor)
    assert len(clock.times) == 1, "not so many calls were made"


async def test_a_really_slow_engine_does_not_keep_up() -> None:
    spec = fakes.synthesizer(Script(takes_s=(0.2, 0.2)))
    assert await trial(spec.make(EngineSettings()), spec.card) >= 0.2 / TRIAL_S
    assert KEEPS_UP == 0.6


async def test_an_engine_that_fails_says_so() -> None:
    spec = fakes.translator(Script(steps=(Step(does="oom"),)))
    with pytest.raises(EngineError):
        await trial(spec.make(EngineSettings()), spec.card)


@pytest.mark.parametrize(
    ("offer", "wanted"),
    [
        (None, ("en", "es")),
        (Offer(model=""), ("en", "es")),
        (Offer(model="", pairs=(("en", "es"), ("de", "fr"))), ("en", "es")),
        (Offer(model="", pairs=(("de", "fr"), ("en", "fr"))), ("en", "fr")),
        (Offer(model="", pairs=(("de", "fr"),)), ("de", "fr")),
        (Offer(model="", sources=("de",), targets=("fr", "en")), ("de", "en")),
        (Offer(model="", targets=("fr",)), ("en", "fr")),
    ],
)
async def test_it_asks_for_languages_that_are_offered(
    tmp_path: pytest.TempPathFactory, offer: Offer | None, wanted: tuple[str, str]
) -> None:
    journal = f"{tmp_path}/journal"
    spec = fakes.translator(Script(journal=journal))
    await sample_call(spec.make(EngineSettings()), spec.card, offer)
    (call,) = [entry for entry in read_journal(journal) if entry["event"] == "begin"]
    assert (call["source"], call["target"]) == wanted


@pytest.mark.parametrize("stage", ["asr", "translation", "tts"])
async def test_each_stage_has_its_sample(stage: str) -> None:
    made = {"asr": fakes.transcriber, "translation": fakes.translator, "tts": fakes.synthesizer}
    spec = made[stage](Script())
    await sample_call(spec.make(EngineSettings()), replace(spec.card), None)


def test_the_sound_is_six_seconds_of_something_like_speech() -> None:
    sound = speech_like()
    assert np.array_equal(sound, speech_like())
    assert (len(sound), sound.dtype.name) == (6 * 16_000, "float32")
    assert np.abs(sound).max() == pytest.approx(0.3, rel=1e-3)
    loud = np.abs(sound.reshape(-1, 320)).max(axis=1) > 0.02
    assert 0.5 < loud.mean() < 0.95, "speech has pauses"
