"""Which engine serves a stage, and what is told of it."""

import asyncio
import json
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dubbing_protocol import ErrorCode
from service_kit.settings import SettingError
from sts_service.engines import Card, EngineSpec, NotHere, Offer
from sts_service.engines.choice import Candidates, Choice, Passed
from sts_service.engines.errors import NoEngine
from sts_service.engines.trial import trial as measure
from sts_service.full import lineup, post
from sts_service.full.processor import FullProcessor
from sts_service.full.settings import FullSettings
from sts_service.server.processor import StreamRefused
from sts_service.testing.fakes import synthesizer, transcriber, translator
from sts_service.testing.script import Script, Step, read_journal

from full_stream.sounds import audio, fragment, spoken
from full_stream.studio import Studio, engines, studio


def named(spec: EngineSpec[Any], name: str, **card: Any) -> EngineSpec[Any]:
    return replace(spec, card=replace(spec.card, name=name, kind="embedded", **card))


Found = dict[str, Candidates]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts these engines in the place of those installed, for the transcriber; the others are fakes."""

    def put(*specs: EngineSpec[Any], passed: tuple[Passed, ...] = ()) -> None:
        fakes = {"asr": specs, **{name: (spec,) for name, spec in engines().items() if name != "asr"}}

        def candidates(stage: str, wanted: str, settings: Any) -> Candidates:
            choices = tuple(Choice(spec, spec.check(settings), "the best here") for spec in fakes[stage])
            return Candidates(choices, passed if stage == "asr" else ())

        monkeypatch.setattr(post, "candidates", candidates)

    return put


FACTORS: dict[str, float] = {}
"""What the trial says of each engine."""


@pytest.fixture(autouse=True)
def trials_that_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:

    async def trial(engine: Any, card: Card, offer: Offer) -> float:
        measured = await measure(engine, card, offer)
        return FACTORS.get(card.name, measured)

    monkeypatch.setattr(lineup, "trial", trial)


def slow(name: str, factor: float) -> EngineSpec[Any]:
    """An engine that needs so much of real time."""
    FACTORS[name] = factor
    return named(transcriber(Script(), home="loop"), name)


async def test_the_first_candidate_that_keeps_up_is_kept(
    found: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    found(slow("grand", 0.61), slow("modest", 0.6), slow("spare", 0.1))
    caplog.set_level(logging.INFO)
    async with studio({}) as here:
        told = here.processor.readiness().detail["engines"]["asr"]
    assert told["engine"] == "modest"
    assert told["why"] == "the best here"
    (passed,) = told["passed_over"]
    assert passed["engine"] == "grand"
    assert "does not keep up here" in passed["why"]
    assert "asr: modest serves this stage" in caplog.text
    assert "asr: grand is passed over" in caplog.text
    assert "spare" not in caplog.text


async def test_where_none_keeps_up_the_fastest_serves_and_that_is_said(
    found: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    found(slow("grand", 2.8), slow("modest", 0.7), slow("middling", 1.05))
    async with studio({}) as here:
        readiness = here.processor.readiness()
    told = readiness.detail["engines"]["asr"]
    assert readiness.ready
    assert told["engine"] == "modest"
    assert "although it does not keep up here: it needs 0.70 of real time" in told["why"]
    assert [each["engine"] for each in told["passed_over"]] == ["grand", "middling"]
    assert [record.levelname for record in caplog.records if "serves this" in record.message] == ["WARNING"]


async def test_the_fastest_is_not_started_twice_where_it_was_tried_last(
    found: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    started: list[str] = []

    def counted(spec: EngineSpec[Any]) -> EngineSpec[Any]:
        def make(settings: Any) -> Any:
            started.append(spec.card.name)
            return spec.make(settings)

        return replace(spec, make=make)

    found(counted(slow("grand", 2.8)), counted(slow("modest", 0.7)))
    async with studio({}) as here:
        told = here.processor.readiness().detail["engines"]["asr"]
    assert told["engine"] == "modest"
    assert "although it does not keep up here" in told["why"]
    assert started == ["grand", "modest"]
    assert "modest is passed over" not in caplog.text


async def test_an_engine_that_is_passed_over_is_closed(found: Callable[..., None]) -> None:
    closed: list[str] = []

    def watched(spec: EngineSpec[Any]) -> EngineSpec[Any]:
        def make(settings: Any) -> Any:
            engine = spec.make(settings)

            async def close() -> None:
                closed.append(spec.card.name)

            engine.close = close
            return engine

        return replace(spec, make=make)

    failing = named(transcriber(Script(steps=(Step(does="fail"),)), home="loop"), "failing")
    found(watched(slow("grand", 2.8)), watched(failing), watched(slow("modest", 0.5)))
    async with studio({}):
        assert closed == ["grand", "failing"]
    assert closed == ["grand", "failing", "modest"]


async def test_an_engine_that_fails_its_trial_or_start_is_passed_over(found: Callable[..., None]) -> None:
    failing = named(transcriber(Script(steps=(Step(does="fail"),)), home="loop"), "failing")

    def refuse(_: object) -> Any:
        raise NotHere("its model is gone")

    missing = replace(slow("missing", 0.0), make=refuse)
    found(failing, missing, slow("modest", 0.0))
    async with studio({}) as here:
        told = here.processor.readiness().detail["engines"]["asr"]
        assert here.processor.readiness().ready
    assert [each["engine"] for each in told["passed_over"]] == ["failing", "missing"]
    assert told["passed_over"][1]["why"] == "its model is gone"
    assert told["engine"] == "modest"


async def test_an_engine_slower_than_its_time_out_has_the_time_to_be_measured(
    found: Callable[..., None],
) -> None:
    creeping = transcriber(Script(steps=(Step(takes_s=0.5),)), home="loop")
    FACTORS["creeping"] = 0.9
    found(named(creeping, "creeping"))
    async with studio({}, asr_timeout_ms=100) as here:
        told = here.processor.readiness().detail["engines"]["asr"]
    assert told["engine"] == "creeping"
    assert told["real_time_factor"] == 0.9


async def test_an_engine_that_was_asked_for_is_kept_though_it_does_not_keep_up(
    found: Callable[..., None],
) -> None:
    found(slow("grand", 2.8))
    async with studio({}, asr_engine="grand") as here:
        readiness = here.processor.readiness()
    told = readiness.detail["engines"]["asr"]
    assert readiness.ready
    assert told["engine"] == "grand"
    assert "although it does not keep up here" in told["why"]
    assert told["real_time_factor"] == 2.8


async def test_an_engine_that_was_asked_for_is_kept_though_it_fails_its_trial(
    found: Callable[..., None],
) -> None:
    found(named(transcriber(Script(steps=(Step(does="fail"),)), home="loop"), "failing"))
    async with studio({}, asr_engine="failing") as here:
        told = here.processor.readiness().detail["engines"]["asr"]
    assert told["engine"] == "failing"
    assert "although it failed its trial: MODEL_ERROR" in told["why"]
    assert "real_time_factor" not in told


@pytest.mark.logs_errors
async def test_a_stage_without_an_engine_leaves_the_service_not_ready(found: Callable[..., None]) -> None:
    def refuse(_: object) -> Any:
        raise NotHere("its model is gone")

    found(replace(slow("missing", 0.0), make=refuse), passed=(Passed("absent", "no key"),))
    async with studio({}) as here:
        readiness = here.processor.readiness()
        assert not readiness.ready
        told = readiness.detail["engines"]["asr"]
        assert told["engine"] is None
        assert told["why"] == "no engine serves this stage: absent: no key; missing: its model is gone"
        with pytest.raises(StreamRefused, match="a stage has no engine now") as refused:
            here.open()
        assert refused.value.code is ErrorCode.MODEL_ERROR


async def test_before_the_engines_are_tried_no_stream_is_opened_and_nothing_is_ready(tmp_path: Path) -> None:
    processor = FullProcessor(FullSettings(), engines())
    assert not processor.readiness().ready
    assert processor.readiness().detail["engines"]["tts"]["engine"] is None
    with pytest.raises(StreamRefused, match="are being started"):
        Studio(processor).open()


async def test_ready_tells_engine_model_why_and_processes_of_each_stage() -> None:
    given = {
        "asr": transcriber(None, home="process", concurrency=2),
        "translation": translator(Script(), home="loop", concurrency=4),
        "tts": synthesizer(Script(), home="loop"),
    }
    async with studio(given) as here:
        detail = here.processor.readiness().detail
    assert {name: told["processes"] for name, told in detail["engines"].items()} == {
        "asr": 2,
        "translation": 0,
        "tts": 0,
    }
    assert detail["engines"]["asr"]["model"] == "scripted"
    assert detail["engines"]["asr"]["why"] == "given"
    assert "stretcher" in detail


@pytest.mark.parametrize(
    ("stage", "offer", "message", "field"),
    [
        ("asr", Offer(model="m", sources=("de",)), "asr: fake does not know en", "source_language"),
        ("tts", Offer(model="m", targets=("de",)), "tts: fake does not know es", "target_language"),
        (
            "translation",
            Offer(model="m", pairs=(("es", "en"),)),
            "translation: fake does not know en to es",
            "source_language",
        ),
    ],
)
async def test_a_language_that_a_stage_does_not_know_is_refused_by_stage(
    stage: Any, offer: Offer, message: str, field: str
) -> None:
    given = engines()
    given[stage] = replace(given[stage], check=lambda _: offer)
    async with studio(given) as here:
        with pytest.raises(StreamRefused) as refused:
            here.open()
    assert str(refused.value) == message
    assert refused.value.code is ErrorCode.INVALID_CONFIG
    assert refused.value.field == f"config.{field}"


def voices(tmp_path: Path, text: str) -> str:
    file = tmp_path / "voices.json"
    file.write_text(text)
    return str(file)


async def test_an_unknown_voice_profile_is_refused() -> None:
    async with studio() as here:
        with pytest.raises(StreamRefused, match=r"there are .*default") as refused:
            here.open(voice_profile="nobody")
    assert refused.value.code is ErrorCode.INVALID_VOICE_PROFILE


async def test_a_profile_of_another_engine_is_refused(tmp_path: Path) -> None:
    path = voices(
        tmp_path,
        json.dumps({"profiles": {"default": {"voices": {}}, "star": {"engine": "xtts", "voices": {}}}}),
    )
    async with studio(voice_profiles_path=path) as here:
        here.open().close()
        with pytest.raises(StreamRefused, match="xtts's, and fake speaks here"):
            here.open(voice_profile="star")


async def test_the_profile_s_voice_reaches_the_synthesiser(tmp_path: Path) -> None:
    path = voices(
        tmp_path, json.dumps({"profiles": {"default": {"voices": {"es": {"fake": {"voice": "ana"}}}}}})
    )
    journal = tmp_path / "tts"
    async with studio(engines(tts=Script(journal=str(journal))), voice_profiles_path=path) as here:
        stream = here.open(target="es-419")
        await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert next(line["voice"] for line in read_journal(journal) if "voice" in line) == {"voice": "ana"}


@pytest.mark.parametrize("text", ["{", '{"profiles": {"default": {"voices": 3}}}', None])
def test_voices_that_cannot_be_read_end_the_start_by_name(tmp_path: Path, text: str | None) -> None:
    path = str(tmp_path / "none.json") if text is None else voices(tmp_path, text)
    with pytest.raises(SettingError, match=r"^VOICE_PROFILES_PATH: .*\.json: "):
        FullProcessor(FullSettings(voice_profiles_path=path), engines())


def test_an_engine_that_does_not_exist_or_is_not_here_ends_the_start_by_name() -> None:
    others = {name: spec for name, spec in engines().items() if name != "tts"}
    with pytest.raises(SettingError, match=r"^TTS_ENGINE: nobody is no engine for tts; there are auto"):
        FullProcessor(FullSettings(tts_engine="nobody"), others)
    absent = {**engines(), "asr": transcriber(Script(not_here="the script says so"), home="loop")}
    with pytest.raises(SettingError, match=r"^ASR_ENGINE: the script"):
        FullProcessor(FullSettings(), absent)


@pytest.mark.logs_errors
async def test_a_defect_while_starting_is_logged_and_does_not_end_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(lineup.Lineup, "start", broken)
    async with studio() as here:
        assert not here.processor.readiness().ready


async def test_a_server_that_stops_while_engines_start_leaves_nothing() -> None:
    processor = FullProcessor(
        FullSettings(), {**engines(), "asr": transcriber(Script(start_s=30.0), home="process")}
    )
    async with asyncio.timeout(20):
        async with processor.running():
            await asyncio.sleep(0.3)
    assert not processor.readiness().ready


def test_no_stage_is_handed_out_before_it_is_there() -> None:
    with pytest.raises(KeyError):
        lineup.Lineup(FullSettings(), engines()).stage("asr")
    with pytest.raises(NoEngine):
        lineup.Lineup(FullSettings(asr_engine="nobody"))


@pytest.mark.parametrize(("running", "is_served"), [(2, True), (1, True), (0, False)])
def test_a_stage_whose_engines_are_all_being_replaced_is_not_served(running: int, is_served: bool) -> None:
    stage: Any = SimpleNamespace(running=running)
    assert post.Post("asr", Candidates((), ()), is_named=False, stage=stage).is_served is is_served
    assert not post.Post("asr", Candidates((), ()), is_named=False).is_served
