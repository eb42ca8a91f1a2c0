"""Piper, the real program, on voices that sing a tone."""

import asyncio
import os
import shutil
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.tts import piper as module
from sts_service.tts.piper import SPEC, Piper, check, make
from sts_service.tts.piper_process import PiperDied, PiperProcess
from sts_service.tts.piper_voices import PiperVoice, pick

from neural import tiny_onnx

TEXT = "El presidente visita hoy la capital."


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("piper")
    tiny_onnx.piper(root / "piper", "es_ES-tiny-low", "es_ES")
    tiny_onnx.piper(root / "piper", "es_MX-tiny-low", "es_MX")
    tiny_onnx.piper(root, "en_US-tiny-low", "en_US", speakers=3)
    (root / "other.onnx").write_bytes(b"another model")
    (root / "other.onnx.json").write_text('{"espeak": {"voice": "fr"}}')
    return root


@pytest.fixture
async def piper(shelf: Path) -> AsyncIterator[Piper]:
    made = make(EngineSettings(model_path=str(shelf)))
    assert isinstance(made, Piper)
    yield made
    await made.close()


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "piper" in " ".join(child.cmdline())]


async def test_it_speaks_and_a_longer_text_takes_longer(piper: Piper) -> None:
    short = await piper.speak(TEXT, "es", {})
    long = await piper.speak(f"{TEXT} {TEXT}", "es", {})
    assert short.rate_hz == long.rate_hz == tiny_onnx.PIPER_RATE_HZ
    assert short.samples.dtype == np.float32
    assert 0.5 < np.abs(short.samples).max() <= 1
    assert 1.8 < len(long.samples) / len(short.samples) < 2.2


async def test_a_voice_stays_loaded_from_text_to_text(piper: Piper) -> None:
    await piper.speak(TEXT, "es", {})
    [before] = children()
    await piper.speak(TEXT, "es", {})
    assert children() == [before]


async def test_lines_and_brackets_in_a_text_do_not_mix_up_the_answers(piper: Piper) -> None:
    plain = await piper.speak("uno dos", "es", {})
    await piper.speak("uno\ndos\r\n[[h e l o]] tres", "es", {})
    again = await piper.speak("uno dos", "es", {})
    assert len(plain.samples) == len(again.samples)


@pytest.mark.parametrize("text", ["", "…", "?! —"])
async def test_where_there_is_nothing_to_say_it_says_nothing(piper: Piper, text: str) -> None:
    assert len((await piper.speak(text, "es", {})).samples) == 0
    assert children() == []


async def test_another_script_and_five_thousand_characters_are_spoken(piper: Piper) -> None:
    assert len((await piper.speak("Привет, мир! 你好", "es", {})).samples) > 0
    long = await piper.speak("Hola señora. " * 385, "es", {})
    assert len(long.samples) > 60 * long.rate_hz


async def test_the_voice_is_the_named_one_or_the_regions(piper: Piper) -> None:
    await piper.speak(TEXT, "es-MX", {})
    await piper.speak(TEXT, "es", {"voice": "en_US-tiny-low", "speaker": 2})
    commands = [" ".join(child.cmdline()) for child in children()]
    assert any("es_MX-tiny-low.onnx" in command for command in commands)
    assert any("en_US-tiny-low.onnx --speaker 2" in command for command in commands)


async def test_an_unknown_voice_or_language_is_refused(piper: Piper) -> None:
    with pytest.raises(EngineError) as unknown:
        await piper.speak(TEXT, "es", {"voice": "nobody"})
    assert unknown.value.code == ErrorCode.SYNTHESIS_FAILED
    with pytest.raises(EngineError) as refused:
        await piper.speak(TEXT, "fr", {})
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE


async def test_when_it_dies_the_fragment_fails_and_the_next_one_is_spoken(piper: Piper) -> None:
    await piper.speak(TEXT, "es", {})
    [child] = children()
    child.kill()
    with pytest.raises(EngineError) as told:
        await piper.speak(TEXT, "es", {})
    assert told.value.code == ErrorCode.MODEL_ERROR
    assert told.value.retryable
    assert TEXT not in told.value.message
    assert len((await piper.speak(TEXT, "es", {})).samples) > 0


async def test_a_broken_voice_is_told_and_leaves_no_process(shelf: Path, tmp_path: Path) -> None:
    shutil.copytree(shelf / "piper", tmp_path / "piper")
    (tmp_path / "piper/es_ES-tiny-low.onnx").write_bytes(b"no model")
    piper = make(EngineSettings(model_path=str(tmp_path)))
    with pytest.raises(EngineError) as told:
        await piper.speak(TEXT, "es-ES", {})
    assert told.value.code == ErrorCode.MODEL_ERROR
    assert children() == []
    await piper.close()


async def test_only_so_many_voices_stay_loaded(piper: Piper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PROCESSES", 1)
    await piper.speak(TEXT, "es-ES", {})
    await piper.speak(TEXT, "es-MX", {})
    [child] = children()
    assert "es_MX" in " ".join(child.cmdline())


def hanging(folder: Path) -> list[str]:
    """A program that takes its time over a text that says wait, and shows its environment."""
    program = """
        import os, sys, time, wave
        folder = sys.argv[sys.argv.index("--output-dir") + 1]
        for number, line in enumerate(sys.stdin):
            if "wait" in line:
                time.sleep(60)
            with wave.open(f"{folder}/{number}.wav", "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(bytes(2 * len([name for name in os.environ if name.endswith("_KEY")])))
            print("WARNING about", line, file=sys.stderr)
            print(f"INFO:piper:Wrote {folder}/{number}.wav", file=sys.stderr, flush=True)
    """
    script = folder / "piper_like.py"
    script.write_text(textwrap.dedent(program))
    return [sys.executable, str(script)]


async def test_a_call_that_is_given_up_ends_the_program_and_the_next_begins_anew(tmp_path: Path) -> None:
    process = PiperProcess(hanging(tmp_path))
    await process.say("quick")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.say("wait"), 0.2)
    assert children() == []
    begin = time.monotonic()
    assert (await process.say("quick")).rate_hz == 16_000
    assert time.monotonic() - begin < 30
    await process.close()
    assert children() == []


async def test_two_calls_at_once_get_their_own_answers(tmp_path: Path, piper: Piper) -> None:
    short, long = await asyncio.gather(piper.speak("uno", "es", {}), piper.speak(TEXT, "es", {}))
    assert len(short.samples) < len(long.samples)


async def test_keys_of_services_are_kept_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPL_API_KEY", "secret")
    process = PiperProcess(hanging(tmp_path))
    assert len((await process.say("quick")).samples) == 0
    await process.close()


async def test_a_program_that_ends_at_once_is_told(tmp_path: Path) -> None:
    process = PiperProcess([sys.executable, "-c", "raise SystemExit(7)"])
    with pytest.raises(PiperDied, match="7"):
        await process.say("quick")
    await process.close()


def test_the_offer_is_the_voices_on_disk(shelf: Path) -> None:
    offer = check(EngineSettings(model_path=str(shelf)))
    assert offer.targets == ("en", "es")
    assert "other" not in offer.model
    assert SPEC.card.home == "loop"


def test_without_voices_or_program_it_tells_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for settings in (EngineSettings(), EngineSettings(model_path=str(tmp_path))):
        with pytest.raises(NotHere, match="download_voices"):
            check(settings)

    def none(name: str) -> Any:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "distribution", none)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotHere, match=r"sts-service\[piper\]"):
        check(EngineSettings())
    (tmp_path / "piper").write_text("#!/bin/sh\n")
    os.chmod(tmp_path / "piper", 0o755)  # noqa: PTH101
    assert module.program() == [str(tmp_path / "piper")]


def test_the_first_voice_of_the_language_does_where_the_region_has_none(tmp_path: Path) -> None:
    voices = [
        PiperVoice("a", tmp_path, "pt-BR"),
        PiperVoice("b", tmp_path, "pt-PT"),
        PiperVoice("c", tmp_path, "de"),
    ]
    assert pick(voices, "pt-PT", None) == voices[1]
    assert pick(voices, "pt", None) == pick(voices, "pt-AO", None) == voices[0]
    assert pick(voices, "pt", "c") == voices[2]
    assert pick(voices, "fr", None) is None
