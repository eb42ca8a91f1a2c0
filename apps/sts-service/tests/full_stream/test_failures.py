"""A stage that fails, hangs or raises: its fragment fails with what was made of it, no other is touched."""

import asyncio
from pathlib import Path

import pytest
from dubbing_protocol import ErrorCode
from sts_service.full import stream as stream_module
from sts_service.full.draft import Draft
from sts_service.testing.script import Script, Step

from full_stream.sounds import audio, fragment, spoken
from full_stream.studio import begun, engines, studio

FAILS = Script(steps=(Step(does="fail", code=ErrorCode.RATE_LIMIT_EXCEEDED),))
STAGES = ["asr", "translation", "tts"]


@pytest.mark.parametrize("stage", STAGES)
async def test_the_failing_stage_is_named_and_what_was_made_before_it_is_there(stage: str) -> None:
    async with studio(engines(**{stage: FAILS})) as here:
        stream = here.open()
        failed = await stream.process(fragment(0, audio(spoken())))
        after = await stream.process(fragment(1, audio(spoken())))
        stream.close()
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.stage == stage
    assert (failed.error.code, failed.error.retryable) == (ErrorCode.RATE_LIMIT_EXCEEDED, True)
    assert failed.dubbed_audio is None
    assert (failed.transcript is not None) == (stage != "asr")
    assert (failed.translated_text is not None) == (stage == "tts")
    assert failed.metadata is not None
    assert len(failed.metadata.assets) == 1 + STAGES.index(stage)  # type: ignore[attr-defined]
    assert after.status == "success"


async def test_an_error_that_cannot_be_mended_is_not_retryable() -> None:
    script = Script(steps=(Step(does="fail", code=ErrorCode.SYNTHESIS_FAILED),))
    async with studio(engines(tts=script)) as here:
        stream = here.open()
        failed = await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert failed.error is not None
    assert failed.error.retryable is False


@pytest.mark.parametrize(("said", "told"), [(None, True), (True, True), (False, False)])
def test_an_engine_may_know_better_whether_it_is_worth_trying_again(said: bool | None, told: bool) -> None:
    failed = Draft().failed(ErrorCode.MODEL_ERROR, "broken", "tts", said)
    assert failed.error is not None
    assert failed.error.retryable is told


async def test_an_engine_that_hangs_times_out_and_the_next_fragment_is_served() -> None:
    script = Script(steps=(Step(does="hang"),))
    async with studio(engines(translation=script), translation_timeout_ms=150) as here:
        stream = here.open()
        failed = await stream.process(fragment(0, audio(spoken())))
        after = await stream.process(fragment(1, audio(spoken())))
        stream.close()
    assert failed.error is not None
    assert (failed.error.code, failed.error.stage) == (ErrorCode.TIMEOUT, "translation")
    assert failed.transcript
    assert after.status == "success"


async def test_a_long_text_has_more_time_to_be_spoken() -> None:
    slow = Script(takes_s=(0.6, 0.6))
    given = engines(translation=Script(says=("x" * 900,)), tts=slow)
    async with studio(given, tts_timeout_ms=400) as here:
        stream = here.open()
        failed = await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert failed.error is not None
    assert failed.error.code is ErrorCode.DURATION_MISMATCH_EXCEEDED


@pytest.mark.logs_errors
@pytest.mark.parametrize("what", ["raise", "torch_oom"])
async def test_whatever_an_engine_raises_becomes_one_of_our_errors(what: str) -> None:
    script = Script(steps=(Step(does=what),))  # type: ignore[arg-type]
    async with studio(engines(tts=script)) as here:
        stream = here.open()
        failed = await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert failed.error is not None
    assert failed.error.code == (ErrorCode.GPU_OOM if what == "torch_oom" else ErrorCode.MODEL_ERROR)
    assert failed.error.retryable


@pytest.mark.logs_errors
async def test_a_defect_of_our_own_fails_one_fragment_and_quotes_no_speech(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(text: str, language: str) -> str:
        raise ValueError(f"cannot say {text}")

    async with studio(engines(Script(says=("a secret",)))) as here:
        stream = here.open()
        with monkeypatch.context() as patched:
            patched.setattr(stream_module, "spoken", broken)
            failed = await stream.process(fragment(0, audio(spoken())))
        after = await stream.process(fragment(1, audio(spoken())))
        stream.close()
    assert failed.error is not None
    assert (failed.error.code, failed.error.stage) == (ErrorCode.MODEL_ERROR, "tts")
    assert failed.transcript == "a secret"
    assert after.status == "success"
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text
    (record,) = [record for record in caplog.records if "the pipeline failed" in record.getMessage()]
    assert vars(record)["fields"] == {
        "stream_id": "a",
        "session_id": "session",
        "fragment_id": "a-0",
        "sequence_number": 0,
        "stage": "tts",
    }


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
async def test_what_is_said_is_in_the_log_at_debug_only(level: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(level, logger="sts_service")
    async with studio(engines(Script(says=("a secret",)))) as here:
        stream = here.open()
        await stream.process(fragment(0, audio(spoken())))
        stream.close()
    told = [vars(record).get("fields", {}) for record in caplog.records]
    texts = [fields for fields in told if "secret" in str(fields)]
    assert [record for record in caplog.records if "secret" in record.getMessage()] == []
    if level == "INFO":
        assert texts == []
    else:
        assert [fields["transcript"] for fields in texts] == ["a secret"]
        assert texts[0]["fragment_id"] == "a-0"


async def test_a_second_synthesis_that_fails_leaves_the_first(caplog: pytest.LogCaptureFixture) -> None:
    script = Script(steps=(Step(), Step(does="fail")))
    async with studio(engines(translation=Script(says=("x" * 120,)), tts=script)) as here:
        stream = here.open()
        result = await stream.process(fragment(0, audio(spoken())))
        stream.close()
    assert result.status == "success"
    assert result.metadata is not None
    assert result.metadata.speed_ratio is not None
    assert result.metadata.speed_ratio > 1.05
    (record,) = [record for record in caplog.records if "natural speed" in record.getMessage()]
    assert vars(record)["fields"]["fragment_id"] == "a-0"


async def test_streams_do_not_wait_for_one_whose_fragment_hangs(tmp_path: Path) -> None:
    journal = tmp_path / "asr"
    slow = Script(steps=(Step(does="hang"),), journal=str(journal))
    async with studio(engines(slow, concurrency=2)) as here:
        hanging, other = here.open("a"), here.open("b")
        stuck = asyncio.create_task(hanging.process(fragment(0, audio(spoken()))))
        await begun(journal)
        async with asyncio.timeout(10):
            result = await other.process(fragment(0, audio(spoken()), stream_id="b"))
        assert result.status == "success"
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)
        hanging.close()
        other.close()
