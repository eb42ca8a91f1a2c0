"""The fakes that other tests rely on do what their script says."""

import asyncio
import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.testing import fakes
from sts_service.testing.script import Script, Step, read_journal, to_json

SETTINGS = EngineSettings()
SPEECH = np.concatenate([np.zeros(8000), np.full(32000, 0.1), np.zeros(8000)]).astype(np.float32)


async def test_the_steps_come_first_and_then_it_answers() -> None:
    steps = (Step(does="fail", code=ErrorCode.RATE_LIMIT_EXCEEDED), Step(does="oom"), Step(does="raise"))
    engine = fakes.translator(Script(steps=steps)).make(SETTINGS)
    for code in (ErrorCode.RATE_LIMIT_EXCEEDED, ErrorCode.GPU_OOM):
        with pytest.raises(EngineError) as caught:
            await engine.translate("hello", "en", "es", "")
        assert caught.value.code == code
    with pytest.raises(ValueError, match="script"):
        await engine.translate("hello", "en", "es", "")
    answer = await engine.translate("hello", "en", "es", "")
    assert (answer.text, answer.billed_characters) == ("[es] hello", 5)


async def test_a_full_gpu_looks_as_torch_makes_it_look() -> None:
    engine = fakes.synthesizer(Script(steps=(Step(does="torch_oom"),))).make(SETTINGS)
    with pytest.raises(RuntimeError, match="CUDA out of memory") as caught:
        await engine.speak("hola", "es", {})
    assert (type(caught.value).__module__, type(caught.value).__name__) == ("torch", "OutOfMemoryError")


async def test_words_stand_where_the_sound_is() -> None:
    engine = fakes.transcriber(Script(says=("one two three four",))).make(SETTINGS)
    heard = await engine.transcribe(SPEECH, "en", "")
    assert heard.text == "one two three four"
    words = heard.segments[0].words
    assert [(word.text, word.start_s, word.end_s) for word in words[:2]] == [
        ("one", 0.5, 1.0),
        ("two", 1.0, 1.5),
    ]
    assert (await engine.transcribe(np.zeros(16000, np.float32), "en", "")).segments == ()


async def test_the_tone_is_as_long_as_the_text_and_the_speed_say() -> None:
    engine = fakes.synthesizer(Script()).make(SETTINGS)
    usual, quick = await engine.speak("a" * 50, "es", {}), await engine.speak("a" * 50, "es", {}, 2.0)
    assert (len(usual.samples), len(quick.samples)) == (3 * usual.rate_hz, 3 * usual.rate_hz // 2)


def test_chance_goes_by_the_content_and_by_the_rates() -> None:
    script = Script(rates={"fail": 0.2, "hang": 0.1}, takes_s=(0.1, 0.3), seed=7)
    steps = [script.step(call, b"fragment %d" % call) for call in range(2000)]
    assert steps[5] == script.step(1234, b"fragment 5")
    share = {does: sum(step.does == does for step in steps) / 2000 for does in ("answer", "fail", "hang")}
    assert share == pytest.approx({"answer": 0.7, "fail": 0.2, "hang": 0.1}, abs=0.04)
    assert all(0.1 <= step.takes_s <= 0.3 for step in steps)
    assert steps != [Script(rates=script.rates, seed=8).step(n, b"fragment %d" % n) for n in range(2000)]


async def test_the_journal_numbers_the_calls_of_all_processes(tmp_path: Path) -> None:
    script = Script(journal=str(tmp_path / "journal"), steps=(Step(), Step(does="fail")))
    first, replaced = (fakes.translator(script).make(SETTINGS) for _ in range(2))
    await first.translate("a", "en", "es", "before")
    with pytest.raises(EngineError):
        await replaced.translate("b", "en", "es", "")
    await replaced.close()
    journal = [entry for entry in read_journal(tmp_path / "journal") if entry["event"] != "make"]
    assert [(entry["event"], entry.get("call")) for entry in journal] == [
        ("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("close", None),
    ]  # fmt: skip
    assert (journal[0]["context"], journal[3]["outcome"]) == ("before", "fail")


async def test_on_the_loop_a_hang_can_be_cancelled_and_does_not_hold_the_others() -> None:
    engine = fakes.translator(Script(steps=(Step(does="hang"),)), home="loop").make(SETTINGS)
    hanging = asyncio.create_task(engine.translate("a", "en", "es", ""))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert (await engine.translate("b", "en", "es", "")).text == "[es] b"
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging


def test_a_deadly_script_is_refused_on_the_loop() -> None:
    with pytest.raises(ValueError, match="process of its own"):
        fakes.translator(Script(rates={"exit": 0.1}), home="loop").make(SETTINGS)


def test_a_spec_can_be_pickled_with_its_script() -> None:
    spec = fakes.transcriber(Script(not_here="no microphone"), concurrency=2)
    copy = pickle.loads(pickle.dumps(spec))
    assert copy.card == spec.card
    with pytest.raises(NotHere, match="no microphone"):
        copy.check(SETTINGS)


_CALL = """
import asyncio
from sts_service.engines import EngineSettings
from sts_service.testing.fakes import TRANSLATOR
engine = TRANSLATOR.make(EngineSettings())
asyncio.run(engine.translate("a", "en", "es", ""))
"""


@pytest.mark.parametrize(("does", "code"), [("exit", 3), ("segfault", -11), ("answer", 0)])
def test_a_process_dies_as_the_environment_says(does: str, code: int) -> None:
    script = to_json(Script(steps=(Step(does=does),)))  # type: ignore[arg-type]
    ended = subprocess.run([sys.executable, "-c", _CALL], env={"FAKE_TRANSLATOR": script}, timeout=50)
    assert ended.returncode == code


@pytest.mark.parametrize("does", ["hang", "hang_native"])
def test_a_hang_is_a_real_one(does: str, tmp_path: Path) -> None:
    """The process neither ends nor gets anything else done, whatever its loop wants."""
    journal = tmp_path / "journal"
    script = to_json(Script(steps=(Step(does=does),), journal=str(journal)))  # type: ignore[arg-type]
    limited = _CALL.replace("asyncio.run(", "asyncio.run(asyncio.wait_for(").replace('""))', '""), 0.05))')
    with subprocess.Popen([sys.executable, "-c", limited], env={"FAKE_TRANSLATOR": script}) as process:
        deadline = time.monotonic() + 50
        while "begin" not in _events(journal) and time.monotonic() < deadline:
            time.sleep(0.05)
        # It is cancelled much sooner.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.kill()
    assert _events(journal) == ["make", "begin"]


def _events(journal: Path) -> list[str]:
    return [entry["event"] for entry in read_journal(journal)]
