"""What a stage tells of its engines' work, and what a whole service learns from it."""

import os
import time
from pathlib import Path

import numpy as np
import pytest
from full_stream.sounds import audio, fragment, spoken
from full_stream.studio import engines, studio
from sts_service.engines.settings import EngineSettings
from sts_service.engines.threads import Metered, Threads
from sts_service.full.load import Load
from sts_service.full.processor import cores
from sts_service.full.stage import Stage
from sts_service.testing.fakes import transcriber
from sts_service.testing.script import Script, Step

TAKES_S = 0.3
SOUND = np.zeros(16_000, np.float32)


@pytest.mark.parametrize("home", ["process", "loop"])
async def test_a_call_counts_as_long_as_it_has_its_place(home: str) -> None:
    """An engine that waits takes its place's time, and hardly any of the processor's."""
    spec = transcriber(Script(steps=(Step(takes_s=TAKES_S),) * 2), home=home)  # type: ignore[arg-type]
    settings = EngineSettings()
    told: list[tuple[str, float, float | None]] = []
    stage = Stage(spec, spec.check(settings), settings, timeout_ms=20_000, queue_bound=4)
    await stage.start()
    try:
        stage.on_worked = lambda stream_id, seconds, processor_s: told.append(
            (stream_id, seconds, processor_s)
        )
        await stage.run("a", lambda engine: engine.transcribe(SOUND, "en", ""), audio_s=6.0)
    finally:
        await stage.close()
    ((stream_id, seconds, processor_s),) = told
    assert stream_id == "a"
    assert seconds >= TAKES_S
    if home == "loop":
        assert processor_s is None
    else:
        assert processor_s is not None
        assert 0 <= processor_s < seconds


async def test_a_call_that_fails_counts_too() -> None:
    spec = transcriber(Script(steps=(Step(does="fail", takes_s=TAKES_S),)), home="loop")
    settings = EngineSettings()
    told: list[float] = []
    stage = Stage(spec, spec.check(settings), settings, timeout_ms=20_000, queue_bound=4)
    await stage.start()
    try:
        stage.on_worked = lambda _, seconds, __: told.append(seconds)
        with pytest.raises(Exception, match="the script says so"):
            await stage.run("a", lambda engine: engine.transcribe(SOUND, "en", ""), audio_s=6.0)
    finally:
        await stage.close()
    (seconds,) = told
    assert seconds >= TAKES_S


async def test_threads_tell_each_his_own_share() -> None:
    threads = Threads(2, "test")
    told: dict[str, tuple[float, ...]] = {}
    try:
        one = Metered(threads, lambda took_s, computed_s: told.__setitem__("one", (took_s, computed_s)))
        await one.run(lambda: time.sleep(TAKES_S))
        with pytest.raises(ZeroDivisionError):
            await Metered(threads, lambda *both: told.__setitem__("two", both)).run(lambda: 1 // 0)
    finally:
        await threads.close()
    assert told.keys() == {"one", "two"}
    took_s, computed_s = told["one"]
    assert took_s >= TAKES_S > computed_s, "who sleeps does not compute"


async def test_a_stream_s_cost_is_what_its_fragments_took() -> None:
    slow = engines(asr=Script(takes_s=(TAKES_S, TAKES_S)))
    async with studio(slow) as here:
        load: Load = here.processor.load
        stream = here.open()
        before = load.need.ratio
        for number in range(3):
            await stream.process(fragment(number, audio(spoken())))
        assert load.streams == 1
        assert load.need.ratio > before
        stream.close()
        assert (load.streams, load.need.ratio) == (0, 0.0)


@pytest.mark.parametrize(
    ("quota", "share"),
    [("100000 100000\n", 1.0), ("25000 100000\n", 0.25), ("max 100000\n", None), ("", None)],
)
def test_a_container_s_share_of_the_processors_is_what_counts(
    tmp_path: Path, quota: str, share: float | None
) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota)
    every = len(os.sched_getaffinity(0))
    assert cores(file) == (every if share is None else min(every, share))
    assert cores(tmp_path / "none") == every
