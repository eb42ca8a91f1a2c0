"""What an engine can do to the service at worst: block for good in native code, fill the GPU's memory."""

import asyncio
from pathlib import Path
from typing import Any

from sts_service.testing.script import Script, Step, read_journal
from wire.raw_client import raw_worker

from load.program import Program, program
from load.service import SAID, Plan, settled, to_json
from load.workers import RESULT_S, open_stream, sounds


def events(journal: Path, event: str) -> list[dict[str, Any]]:
    return [entry for entry in read_journal(journal) if entry["event"] == event]


async def begun(journal: Path) -> None:
    """Until the first call has."""
    async with asyncio.timeout(RESULT_S):
        while True:
            if events(journal, "begin"):
                return
            await asyncio.sleep(0.02)


async def dubbed(service: Program, name: str, count: int) -> tuple[list[dict[str, Any]], float]:
    """The results of a stream's fragments, one after the other, and when the last one came."""
    async with raw_worker(service.first_line) as client:
        await open_stream(client, name)
        results = []
        for number, piece in enumerate(sounds(1.0, count, sum(name.encode()))):
            fragment_id = await client.accepted(number, audio=piece)
            results.append(await client.result(fragment_id, RESULT_S))
        await client.complete(10)
    return results, asyncio.get_running_loop().time()


async def test_an_engine_that_blocks_for_good_in_native_code_costs_its_fragment_and_its_process(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "asr"
    hangs = Script(steps=(Step(does="hang_native"),), journal=str(journal))
    plan = Plan(asr=hangs, translation=Script(says=SAID), tts=Script(), processes=2, timeout_ms=2000)
    async with program("load.service", to_json(plan)) as service:
        before = await settled(service, plan)
        first = asyncio.create_task(dubbed(service, "first", 2))
        await begun(journal)
        others, others_at_s = await dubbed(service, "other", 3)
        (hung, next_one), first_at_s = await first
        after = await settled(service, plan)
    assert (hung["error"]["code"], hung["error"]["stage"]) == ("TIMEOUT", "asr")
    assert hung["error"]["retryable"] is True
    assert [each["status"] for each in (*others, next_one)] == ["success"] * 4
    assert others_at_s < first_at_s, "the other stream has not waited"
    assert len(events(journal, "make")) == 3, "two processes at first, and one in the place of one"
    for what in ("children", "tasks", "files"):
        assert after[what] <= before[what], (before, after)


async def test_a_full_gpu_costs_its_fragment_and_the_same_process_goes_on(tmp_path: Path) -> None:
    journal = tmp_path / "tts"
    full = Script(steps=(Step(), Step(does="oom"), Step(does="torch_oom")), journal=str(journal))
    plan = Plan(asr=Script(), translation=Script(says=SAID), tts=full)
    async with program("load.service", to_json(plan)) as service:
        results, _ = await dubbed(service, "stream", 4)
    assert [each["status"] for each in results] == ["success", "failed", "failed", "success"]
    for failed in results[1:3]:
        assert failed["error"]["code"] == "GPU_OOM"
        assert failed["error"]["retryable"] is True
        assert failed["error"]["stage"] == "tts"
        assert failed["transcript"], "what was made before it is there"
    assert len(events(journal, "make")) == 1
    assert [entry["event"] for entry in read_journal(journal)].count("free_memory") == 2
