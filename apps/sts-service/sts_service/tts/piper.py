"""Piper: fixed voices for some forty languages, quick on a CPU, in a process of their own."""

import shutil
import sys
from collections import OrderedDict
from importlib.metadata import PackageNotFoundError, distribution

import numpy as np
from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import primary
from sts_service.text.pieces import can_be_said
from sts_service.tts import Speech, Synthesizer, Voice
from sts_service.tts.piper_process import PiperDied, PiperProcess
from sts_service.tts.piper_voices import PiperVoice, on_disk, pick

NAME = "piper"
MOST_PROCESSES = 4
"""One a voice; the one that has been silent longest goes."""
_SILENT_RATE_HZ = 22_050


class Piper:
    def __init__(self, program: list[str], voices: list[PiperVoice]) -> None:
        self._program = program
        self._voices = voices
        self._processes: OrderedDict[tuple[str, ...], PiperProcess] = OrderedDict()

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        """`voice`: `{"voice": NAME, "speaker": NUMBER}`, both optional."""
        name = voice.get("voice")
        chosen = pick(self._voices, language, name)
        if chosen is None and name is not None:
            raise EngineError(ErrorCode.SYNTHESIS_FAILED, f"piper has no voice {name}")
        if chosen is None:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, f"piper has no voice for {language}")
        if not can_be_said(text):
            return Speech(np.zeros(0, np.float32), _SILENT_RATE_HZ)
        process = await self._process(chosen, voice.get("speaker"))
        try:
            return await process.say(text)
        except (PiperDied, OSError, EOFError) as error:
            why = str(error) if isinstance(error, PiperDied) else type(error).__name__
            raise EngineError(ErrorCode.MODEL_ERROR, f"piper died: {why}") from error

    async def _process(self, voice: PiperVoice, speaker: object) -> PiperProcess:
        options = ["--model", str(voice.path)]
        if speaker is not None:
            options += ["--speaker", str(speaker)]
        key = tuple(options)
        if key not in self._processes:
            self._processes[key] = PiperProcess([*self._program, *options])
        self._processes.move_to_end(key)
        if len(self._processes) > MOST_PROCESSES:
            _, silent = self._processes.popitem(last=False)
            await silent.close()
        return self._processes[key]

    async def close(self) -> None:
        while self._processes:
            _, process = self._processes.popitem()
            await process.close()


def program() -> list[str] | None:
    """How Piper is started. Other programs are called piper too: the package's own comes first."""
    try:
        distribution("piper-tts")
    except PackageNotFoundError:
        found = shutil.which("piper")
        return None if found is None else [found]
    return [sys.executable, "-m", "piper"]


def check(settings: EngineSettings) -> Offer:
    if program() is None:
        raise NotHere("piper is not installed: pip install 'sts-service[piper]'")
    voices = on_disk(settings)
    if not voices:
        raise NotHere(
            "no voice of piper's in MODEL_PATH: "
            "python -m piper.download_voices --data-dir MODEL_PATH/piper es_ES-davefx-medium"
        )
    languages = sorted({primary(voice.language) for voice in voices})
    return Offer(model=", ".join(voice.name for voice in voices), targets=tuple(languages))


def make(settings: EngineSettings) -> Synthesizer:
    check(settings)
    return Piper(program() or [], on_disk(settings))


SPEC: EngineSpec[Synthesizer] = EngineSpec(
    card=Card(
        name=NAME,
        stage="tts",
        kind="local",
        code_licence="GPL-3.0-or-later (run as a program of its own)",
        weights_licence="differs by voice: see its MODEL_CARD",
        needs="sts-service[piper], or piper on the PATH, and a voice in MODEL_PATH/piper (60 MB)",
        home="loop",
    ),
    check=check,
    make=make,
)
