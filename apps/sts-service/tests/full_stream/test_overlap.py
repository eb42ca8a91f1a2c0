"""Several fragments at once: order at the transcriber, overlapping stages, cancellation, no leaks."""

import asyncio
import threading
import time
from pathlib import Path

from sts_service.full.turns import GAP_NS
from sts_service.testing.script import Script, Step, read_journal

from full_stream.sounds import audio, fragment, silence, spoken
from full_stream.studio import begun, engines, studio


def takes(seconds: float, journal: Path | None = None) -> Script:
    return Script(takes_s=(seconds, seconds), journal=str(journal) if journal else None)


async def test_stages_overlap(tmp_path: Path) -> None:
    """Told by who was at work at the same time, whatever else the machine is doing."""
    sound = audio(spoken(1.0, 16_000), 16_000)
    journal = tmp_path / "all stages"
    stages = engines(takes(0.2, journal), takes(0.06, journal), takes(0.2, journal))
    async with studio(stages) as here:
        stream = here.open(sample_rate_hz=16_000, chunk_duration_ms=1000)
        results = await asyncio.gather(*(stream.process(fragment(n, sound)) for n in range(10)))
        stream.close()
    assert [result.status for result in results] == ["success"] * 10
    at_work: dict[int, str] = {}
    together = 0
    for line in read_journal(journal):
        if line["event"] == "begin":
            stage = "asr" if "prompt" in line else "translation" if "source" in line else "tts"
            at_work[line["call"]] = stage
            together += {"asr", "tts"} <= set(at_work.values())
        elif line["event"] == "end":
            del at_work[line["call"]]
    assert together >= 8


async def test_fragments_are_transcribed_in_order_however_they_come(tmp_path: Path) -> None:
    journal = tmp_path / "asr"
    async with studio(engines(takes(0.01, journal))) as here:
        stream = here.open(sample_rate_hz=16_000)
        # Longer ones take longer to decode, so the first would be last.
        sounds = [audio(spoken(6 - n, 16_000), 16_000) for n in range(5)]
        await asyncio.gather(
            *(stream.process(fragment(n, sound)) for n, sound in reversed([*enumerate(sounds)]))
        )
        stream.close()
    lengths = [line["samples"] for line in read_journal(journal) if line["event"] == "begin"]
    own = [96_000, *(round((6 - n) * 16_000) + 16_000 for n in range(1, 5))]
    assert lengths == own, "each but the first with a second of lead-in"


async def test_a_gap_holds_a_stream_up_only_shortly() -> None:
    async with studio() as here:
        stream = here.open()
        await stream.process(fragment(0, audio(spoken())))
        async with asyncio.timeout(5 + GAP_NS / 1e9):
            result = await stream.process(fragment(2, audio(spoken())))
        stream.close()
    assert result.status == "success"


async def test_a_cancelled_fragment_frees_its_turn(tmp_path: Path) -> None:
    journal = tmp_path / "asr"
    async with studio(engines(Script(steps=(Step(does="hang"),), journal=str(journal)))) as here:
        stream = here.open()
        first = asyncio.create_task(stream.process(fragment(0, audio(spoken()))))
        second = asyncio.create_task(stream.process(fragment(1, audio(spoken()))))
        await begun(journal)
        assert not second.done()
        first.cancel()
        async with asyncio.timeout(10):
            assert (await second).status == "success"
        assert first.cancelled()
        stream.close()


async def test_one_that_is_cancelled_while_it_waits_holds_nobody_up() -> None:
    async with studio(engines(takes(0.15))) as here:
        stream = here.open()
        tasks = [asyncio.create_task(stream.process(fragment(n, audio(spoken())))) for n in range(3)]
        await asyncio.sleep(0.1)
        tasks[1].cancel()
        async with asyncio.timeout(10):
            assert (await tasks[2]).status == "success"
        await asyncio.gather(*tasks, return_exceptions=True)
        stream.close()


async def test_an_unreadable_fragment_frees_its_turn() -> None:
    broken = audio(spoken()).model_copy(update={"data_base64": "!"})
    async with studio() as here:
        stream = here.open()
        results = await asyncio.gather(
            stream.process(fragment(0, broken)), stream.process(fragment(1, audio(spoken())))
        )
        stream.close()
    assert [result.status for result in results] == ["failed", "success"]


async def test_a_stream_that_vanishes_leaves_no_task_no_thread_and_no_call_behind() -> None:
    async with studio(engines(takes(0.5), concurrency=2)) as here:
        # The pool's threads stay for the next stream, so they are there before the count.
        warm = here.open("warm")
        await asyncio.gather(*(warm.process(fragment(n, audio(silence()))) for n in range(4)))
        warm.close()
        tasks_before, threads_before = asyncio.all_tasks(), threading.active_count()
        streams = [here.open(name) for name in "abc"]
        work = [
            asyncio.create_task(stream.process(fragment(n, audio(spoken()), stream_id="x")))
            for stream in streams
            for n in range(6)
        ]
        await asyncio.sleep(0.3)
        for task in work:
            task.cancel()
        for stream in streams:
            stream.close()
        await asyncio.gather(*work, return_exceptions=True)
        for _ in range(500):
            if not any(post.stage and post.stage.depth for post in here.processor._lineup.posts.values()):
                break
            await asyncio.sleep(0.01)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == tasks_before
        assert threading.active_count() <= threads_before + 1  # the pool may have grown to its bound
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sound")]


async def test_the_event_loop_is_never_held_up() -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            # Of this thread alone: what else the machine does is not counted.
            began = time.thread_time()
            await asyncio.sleep(0.005)
            longest = max(longest, time.thread_time() - began)

    sound = audio(spoken(), format="m4a", channels=2)
    async with studio() as here:
        stream = here.open(format="m4a", channels=2)
        await stream.process(fragment(0, sound))
        watching = asyncio.create_task(watch())
        await asyncio.gather(*(stream.process(fragment(n, sound)) for n in range(1, 9)))
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        stream.close()
    # Decoding, fitting and encoding take 80 ms a fragment; on the loop that would add up to much more.
    assert longest < 0.05, f"{1000 * longest:.0f} ms"
