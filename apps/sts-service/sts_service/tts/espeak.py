"""The embedded synthesiser: eSpeak NG, about a hundred languages in milliseconds, with a robot's voice."""

import unicodedata
from typing import Final

import numpy as np
from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import primary
from sts_service.tts import Speech, Synthesizer, Voice
from sts_service.tts.espeak_library import Library, Listed, NoLibrary, NoVoice, library
from sts_service.tts.espeak_scripts import can_read

RATE_WPM: Final = 165
"""Words a minute, where voices.json does not say."""
_SLOWEST_WPM, _FASTEST_WPM = 80, 450
"""The library's own limits."""
_PITCH: Final = 50
"""Of 0 to 99, where voices.json does not say."""
_LOUDEST: Final = 32768.0


class Espeak:
    def __init__(self) -> None:
        self._library = _library()
        self._voices = best_voices(list(self._library.voices()))

    async def speak(self, text: str, language: str, voice: Voice, speed: float = 1.0) -> Speech:
        """Of `voice`: `voice` (a name such as `es-419` or `es+f2`), `rate` (words a minute), `pitch` (0..99),
        `range` (of the pitch, 0..99).
        """
        name = voice.get("voice") or self._voices.get(language.lower()) or self._voices.get(primary(language))
        if name is None:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, "eSpeak NG does not speak this language")
        text = speakable(text)
        if not can_read(text, primary(language)):
            raise EngineError(ErrorCode.SYNTHESIS_FAILED, "eSpeak NG can read nothing of the text")
        rate = round(_number(voice, "rate", RATE_WPM) * speed)
        try:
            sound = self._library.speak(
                text,
                str(name),
                words_per_minute=min(_FASTEST_WPM, max(_SLOWEST_WPM, rate)),
                pitch=round(_number(voice, "pitch", _PITCH)),
                pitch_range=round(_number(voice, "range", _PITCH)),
            )
        except NoVoice as error:
            raise EngineError(ErrorCode.INVALID_VOICE_PROFILE, "eSpeak NG has no such voice") from error
        if not sound.any():
            raise EngineError(ErrorCode.SYNTHESIS_FAILED, "eSpeak NG spoke nothing")
        return Speech(sound.astype(np.float32) / np.float32(_LOUDEST), self._library.rate_hz)

    async def close(self) -> None:
        """The library stays: it goes with the process."""


def best_voices(listed: list[Listed]) -> dict[str, str]:
    """For every tag, and every language without its region, the voice that speaks it best."""
    best: dict[str, tuple[int, int, str]] = {}
    for order, voice in enumerate(listed):
        # A language's own voice comes before one of a region, which has it as a second language.
        for tag, rank in ((voice.tag, voice.priority), (primary(voice.tag), voice.priority + 100)):
            candidate = (rank, order, voice.identifier)
            best[tag] = min(best.get(tag, candidate), candidate)
    return {tag: identifier for tag, (_, _, identifier) in best.items()}


def speakable(text: str) -> str:
    """Without control characters, of which eSpeak takes some for commands."""
    kept = (" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def _number(voice: Voice, key: str, default: float) -> float:
    value = voice.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1000:
        raise EngineError(ErrorCode.INVALID_VOICE_PROFILE, f"eSpeak NG: {key} is no number it can use")
    return float(value)


def _check(settings: EngineSettings) -> Offer:
    here = _library()
    # Tags of languages have two or three letters: Klingon is left out.
    languages = {primary(voice.tag) for voice in here.voices() if len(primary(voice.tag)) <= 3}
    return Offer(model=f"eSpeak NG {here.version}", targets=tuple(sorted(languages)))


def _make(settings: EngineSettings) -> Synthesizer:
    return Espeak()


def _library() -> Library:
    try:
        return library()
    except NoLibrary as error:
        raise NotHere(str(error)) from error


SPEC: Final = EngineSpec(
    card=Card(
        name="espeak",
        stage="tts",
        kind="embedded",
        code_licence="GPL-3.0-or-later",
        needs="the apt package libespeak-ng1",
        home="process",
        rate_hz=22_050,
        # Where the length follows the rate within a few per cent.
        speed_range=(0.6, 1.5),
    ),
    check=_check,
    make=_make,
)
