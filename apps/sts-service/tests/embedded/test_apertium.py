"""Apertium's pipelines: what goes through them, and what happens when they do not answer."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from dubbing_protocol import ErrorCode
from hypothesis import given, settings
from hypothesis import strategies as st
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.translation.apertium import SPEC, Apertium
from sts_service.translation.apertium_modes import Mode, chosen, installed, programs
from sts_service.translation.apertium_pipeline import Pipeline

SENTENCE = "The hospital opens in January."
SAID = "El hospital abre en enero."
_MARK = "LIVEDUB_TEST_MARK"


@pytest.fixture
def mine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], set[int]]:
    """The programs that this test has started and that are still there, whoever their parent is now."""
    mark = f"{_MARK}={tmp_path}"
    monkeypatch.setenv(*mark.split("=", 1))

    def running() -> set[int]:
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
            except OSError:
                continue
        return found - {os.getpid()}

    return running


async def gone(running: Callable[[], set[int]]) -> bool:
    for _ in range(250):
        if not running():
            return True
        await asyncio.sleep(0.02)
    return False


async def said(engine: Apertium, text: str, source: str = "en", target: str = "es") -> str:
    async with asyncio.timeout(30):
        return (await engine.translate(text, source, target, "")).text


async def test_news_come_out_in_spanish_and_in_english(apertium: Apertium) -> None:
    assert await said(apertium, SENTENCE) == SAID
    assert await said(apertium, "La casa es grande.", "es-MX", "en") == "The house is big."
    assert apertium.pipelines == 2


async def test_a_pronoun_that_spanish_leaves_out_leaves_no_blank(apertium: Apertium) -> None:
    assert await said(apertium, "He said hello.") == "Dijo hola."
    assert (
        await said(apertium, "We know that he is here. She said hello.") == "Sabemos que es aquí. Dijo hola."
    )


async def test_signs_with_a_meaning_in_its_stream_come_back(apertium: Apertium) -> None:
    assert await said(apertium, "100 % of it.") == "100 % de él."
    for sign in "[]{}^$/\\@<>*#+&|%\"'_=;":
        assert await said(apertium, f"{SENTENCE} {sign} {SENTENCE}") == f"{SAID} {sign} {SAID}"
    # A null character would end the text, and `~` joins words.
    assert await said(apertium, "Paris\0and~London") == "París y Londres"
    # What marks its own end may be in a text.
    assert await said(apertium, "Paris.[1] .[]") == "París.[1] .[]"


@pytest.mark.parametrize(
    ("text", "translated"),
    [("W", "W"), ("J", "J"), ("Mr", "Señor"), ("St", "St"), ("Dr", "Dr"), ("etc", "Etc")],
)
async def test_an_abbreviation_at_the_end_takes_no_mark_with_it(
    apertium: Apertium, text: str, translated: str
) -> None:
    assert await said(apertium, text) == translated
    assert await said(apertium, SENTENCE) == SAID
    assert apertium.pipelines == 1


async def test_any_text_keeps_it_in_step(apertium: Apertium) -> None:
    """Each is answered for itself, whatever the one before it was."""
    texts: list[str] = []
    settings(max_examples=60, deadline=None, database=None)(
        given(st.text(max_size=40))(lambda text: texts.append(text))
    )()
    for text in texts:
        await said(apertium, text)
        assert await said(apertium, SENTENCE) == SAID, text
    assert apertium.pipelines == 1


async def test_nothing_is_left_out_of_a_long_text(apertium: Apertium) -> None:
    assert await said(apertium, f"{SENTENCE} " * 1000) == " ".join([SAID] * 1000)
    assert (await said(apertium, "word " * 1000)).lower().count("palabra") == 1000


async def test_texts_at_once_are_answered_each_with_its_own(apertium: Apertium) -> None:
    numbers = [str(1000 + number) for number in range(12)]
    answers = await asyncio.gather(*(said(apertium, f"Paris {number}.") for number in numbers))
    assert answers == [f"París {number}." for number in numbers]


async def test_a_killed_pipeline_is_started_again(apertium: Apertium, mine: Callable[[], set[int]]) -> None:
    assert await said(apertium, SENTENCE) == SAID
    before = mine()
    assert before
    for pid in before:
        with contextlib.suppress(ProcessLookupError):  # those whose input has ended go by themselves
            os.kill(pid, signal.SIGKILL)
    assert await said(apertium, SENTENCE) == SAID
    assert not before & mine()


@pytest.mark.parametrize("which", ["first", "middle", "last"])
async def test_a_pipeline_that_loses_a_program_is_started_again(
    apertium: Apertium, mine: Callable[[], set[int]], which: str
) -> None:
    """At once: the others may wait for ever for what it would have written."""
    assert await said(apertium, SENTENCE) == SAID
    shell, *started = sorted(mine())
    assert len(started) > 3
    os.kill({"first": started[0], "middle": started[3], "last": started[-1]}[which], signal.SIGKILL)
    assert await said(apertium, SENTENCE) == SAID
    assert shell not in mine()


async def test_one_that_hangs_is_a_time_out_and_then_replaced(mine: Callable[[], set[int]]) -> None:
    engine = Apertium(installed(), timeout_s=0.5)
    try:
        assert await said(engine, SENTENCE) == SAID
        hanging = mine()
        for pid in hanging:
            os.kill(pid, signal.SIGSTOP)
        with pytest.raises(EngineError) as late:
            await said(engine, SENTENCE)
        assert late.value.code == ErrorCode.TIMEOUT
        assert SENTENCE not in late.value.message
        assert await said(engine, SENTENCE) == SAID
        assert not hanging & mine()
    finally:
        await engine.close()
    assert await gone(mine)


async def test_a_longer_text_may_take_longer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Slow:
        async def exchange(self, text: str) -> str:
            await asyncio.sleep(0.0 if text == "first" else 0.4)
            return text

        async def end(self) -> None:
            pass

    async def start(_: object, programs: object) -> Slow:
        return Slow()

    monkeypatch.setattr(Pipeline, "start", classmethod(start))
    path = tmp_path / "en-es.mode"
    path.write_text("lt-proc")
    engine = Apertium([Mode(path, "en", "es", "")], timeout_s=0.1)
    assert await said(engine, "first") == "first"
    assert len(await said(engine, "x" * 500_000)) == 500_000
    with pytest.raises(EngineError) as late:
        await said(engine, "x" * 5000)
    assert late.value.code == ErrorCode.TIMEOUT


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_calls_given_up_at_any_moment_leave_nothing_running(
    run: Callable[..., None], mine: Callable[[], set[int]]
) -> None:
    """While the shell starts its programs, too: only the shell would be ended, and all calls would wait."""

    async def live() -> None:
        engine = Apertium(installed())
        for step in range(16):
            call = asyncio.create_task(said(engine, SENTENCE))
            await asyncio.sleep(step * 0.001)
            call.cancel()
            if step % 2:
                await asyncio.sleep(0)
                call.cancel()
            done, _ = await asyncio.wait([call], timeout=10)
            assert done, "it hangs"
        assert await said(engine, SENTENCE) == SAID
        assert engine.pipelines == 1
        await engine.close()
        assert await gone(mine)

    run(live())


async def test_closing_ends_every_program(mine: Callable[[], set[int]]) -> None:
    engine = Apertium(installed())
    await asyncio.gather(said(engine, SENTENCE), said(engine, "La casa.", "es", "en"))
    assert mine()
    await engine.close()
    assert await gone(mine)
    assert engine.pipelines == 0


async def test_the_pair_asked_for_longest_ago_gives_way(mine: Callable[[], set[int]]) -> None:
    engine = Apertium(installed(), most_pipelines=1)
    try:
        for _ in range(2):
            assert await said(engine, SENTENCE) == SAID
            assert await said(engine, "La casa.", "es", "en") == "The house."
            assert engine.pipelines == 1
    finally:
        await engine.close()


async def test_a_pair_that_is_not_here_is_refused(apertium: Apertium) -> None:
    with pytest.raises(EngineError) as refused:
        await said(apertium, SENTENCE, "en", "fi")
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE
    assert apertium.pipelines == 0


@pytest.mark.parametrize("program", ["false", "cat", "no-such-program", "yes", "printf '\\377\\0'"])
async def test_a_mode_that_does_not_work_is_a_model_error(tmp_path: Path, program: str) -> None:
    path = tmp_path / "en-es.mode"
    path.write_text(program)
    engine = Apertium([Mode(path, "en", "es", "")])
    with pytest.raises(EngineError) as failed:
        await said(engine, SENTENCE)
    assert failed.value.code == ErrorCode.MODEL_ERROR
    assert engine.pipelines == 0
    await engine.close()


def modes(tmp_path: Path, *names: str) -> list[Mode]:
    for name in names:
        (tmp_path / f"{name}.mode").write_text("lt-proc $1")
    return installed(tmp_path)


def test_the_pairs_are_those_of_the_mode_files(tmp_path: Path) -> None:
    names = (
        "eng-spa",
        "spa-eng_US",
        "en-gl",
        "eng-cat_valencia",
        "eng-cat",
        "eng-spa-morph",
        "spa_x-eng",
        "lone",
    )
    found = modes(tmp_path, *names)
    assert {(mode.source, mode.target, mode.variant) for mode in found} == {
        ("en", "es", ""), ("es", "en", "US"), ("en", "gl", ""), ("en", "ca", "valencia"), ("en", "ca", ""),
    }  # fmt: skip
    (tmp_path / "eng-spa.mode").unlink()
    assert ("en", "es") not in {(mode.source, mode.target) for mode in installed(tmp_path)}


def test_a_variant_is_taken_by_its_name_only_where_there_is_a_plain_one(tmp_path: Path) -> None:
    found = modes(tmp_path, "eng-cat", "eng-cat_valencia", "spa-eng_US")
    pairs = {target: chosen(found, "en-GB", target) for target in ("ca", "ca-valencia", "ca-ES", "es")}
    variants = {target: mode.variant if mode else None for target, mode in pairs.items()}
    assert variants == {"ca": "", "ca-valencia": "valencia", "ca-ES": "", "es": None}
    only = chosen(found, "es", "en-GB")
    assert only is not None
    assert only.variant == "US"


def test_each_program_answers_at_every_null_character() -> None:
    mode = "lt-proc /a.bin | apertium-tagger -g $2 /b.prob |apertium-transfer /c.t1x  | lt-proc $1 /d.bin\n"
    assert [program.split() for program in programs(mode)] == [
        ["lt-proc", "-z", "/a.bin"],
        ["apertium-tagger", "-z", "-g", "/b.prob"],
        ["apertium-transfer", "-z", "/c.t1x"],
        ["lt-proc", "-z", "-n", "/d.bin"],
    ]


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sts_service.translation.apertium.which", lambda _: None)
    with pytest.raises(
        NotHere, match=r"^Apertium is not installed: apt-get install apertium apertium-eng-spa$"
    ):
        SPEC.check(EngineSettings())
    monkeypatch.setattr("sts_service.translation.apertium.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("sts_service.translation.apertium.installed", list)
    with pytest.raises(NotHere, match=r"no pair of languages in .*: apt-get install apertium-eng-spa$"):
        SPEC.make(EngineSettings())
