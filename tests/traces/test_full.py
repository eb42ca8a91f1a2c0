"""A file dubbed by the embedded engines: each stage is a span, and nothing of what is said is told."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from running.command import Running
from shown.pages import only
from talks import talk

from traces.collector import Collector, Exported, tree

LENGTH_S = 8
SHOWN = "http://127.0.0.1:4318"
"""The collector of the page."""
IN_THE_SERVICE = {
    "sts.fragment": "fragment.exchange",
    "sts.decode": "sts.fragment",
    "sts.turn": "sts.fragment",
    "sts.asr": "sts.fragment",
    "sts.queue": "sts.tts",
    "sts.translation": "sts.fragment",
    "sts.tts": "sts.fragment",
    "sts.fit": "sts.fragment",
    "sts.encode": "sts.fragment",
    "sts.deliver": "sts.fragment",
}
ENGINES = {"sts.asr": "pocketsphinx", "sts.translation": "apertium", "sts.tts": "espeak"}


@dataclass(frozen=True)
class Dubbed:
    collector: Collector
    fragments: list[dict[str, str]]


async def dubbed(folder: Path) -> Dubbed:
    source = await asyncio.to_thread(talk, folder / "talk.mp4", LENGTH_S)
    async with Collector() as collector:
        exported = only("docs/operations.md", "export", "TRACE_ENDPOINT").removeprefix("export ")
        env = dict(each.split("=") for each in exported.replace(SHOWN, collector.url).split())

        def command() -> None:
            arguments = ("dub", source, "out.mp4", "--to", "es", "--transcript", "talk.json")
            with Running(folder, *arguments, env=env) as running:
                assert running.ended() == 0
                running.wait_until_nothing_is_left()

        await asyncio.to_thread(command)
    return Dubbed(collector, json.loads((folder / "talk.json").read_text())["fragments"])


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Dubbed:
    return asyncio.run(dubbed(tmp_path_factory.mktemp("traced")))


def of_speech(found: Dubbed) -> list[list[Exported]]:
    return [trace for trace in found.collector.traces if any(span.name == "sts.tts" for span in trace)]


def test_each_fragment_is_one_trace_through_all_stages(file: Dubbed) -> None:
    assert len(file.collector.traces) == len(file.fragments)
    spoken = of_speech(file)
    assert spoken
    for trace in spoken:
        assert {name: of for name, of in tree(trace).items() if name in IN_THE_SERVICE} == IN_THE_SERVICE
        begun = {span.name: span.begun_ns for span in reversed(trace)}
        order = ("sts.decode", "sts.turn", "sts.asr", "sts.translation", "sts.tts", "sts.fit", "sts.encode")
        assert sorted(order, key=lambda name: begun[name]) == list(order)


def test_a_stage_tells_its_engine_and_how_long_it_waited_and_took(file: Dubbed) -> None:
    for trace in of_speech(file):
        stages = [span for span in trace if span.name in ENGINES]
        assert {(span.name, span.told["engine"]) for span in stages} == set(ENGINES.items())
        for span in stages:
            assert span.told["model"]
            assert span.told["waited_ms"] + span.told["took_ms"] <= (span.ended_ns - span.begun_ns) / 1e6 + 1
            (queue,) = (each for each in trace if each.parent_id == span.span_id)
            assert queue.name == "sts.queue"
            assert span.begun_ns <= queue.begun_ns <= queue.ended_ns <= span.ended_ns


def test_no_word_of_what_was_said_is_exported(file: Dubbed) -> None:
    words = {
        word.lower()
        for fragment in file.fragments
        for word in re.findall(r"\w{6,}", f"{fragment['transcript']} {fragment['translation']}")
    }
    assert len(words) > 5
    told = " ".join(
        str(value) for span in file.collector.spans for value in (span.name, span.failed, *span.told.values())
    )
    assert [word for word in sorted(words) if word in told.lower()] == []
