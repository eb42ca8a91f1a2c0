"""What eSpeak NG speaks, by the interface of a synthesiser."""

import contextlib
import ctypes
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.tts import Speech
from sts_service.tts import espeak_library as native
from sts_service.tts.espeak import SPEC, Espeak, best_voices, speakable
from sts_service.tts.espeak_library import Listed
from sts_service.tts.espeak_scripts import can_read

SENTENCE = "El gobierno ha anunciado un plan nuevo para proteger el entorno."


def seconds(speech: Speech) -> float:
    return len(speech.samples) / speech.rate_hz


async def test_it_speaks_at_the_rate_that_voices_json_says(espeak: Espeak) -> None:
    """And faster by the speed that is asked for, which counts on top."""
    plain = seconds(await espeak.speak(SENTENCE, "es", {}))
    assert 2.5 < plain < 5.5
    assert seconds(await espeak.speak(SENTENCE, "es", {"rate": 165})) == pytest.approx(plain, rel=0.01)
    assert seconds(await espeak.speak(SENTENCE, "es", {"rate": 240})) < 0.8 * plain
    for speed in (0.6, 0.8, 1.2, 1.5):
        spoken = seconds(await espeak.speak(SENTENCE, "es", {}, speed))
        assert spoken == pytest.approx(plain / speed, rel=0.08), speed


async def test_a_voice_a_pitch_and_its_range_can_be_chosen(espeak: Espeak) -> None:
    plain = await espeak.speak(SENTENCE, "es", {})
    for voice in ({"voice": "es-419"}, {"voice": "es+f2"}, {"pitch": 90}, {"range": 5}):
        other = await espeak.speak(SENTENCE, "es", voice)
        count = min(len(plain.samples), len(other.samples))
        assert np.mean(np.abs(plain.samples[:count] - other.samples[:count])) > 0.01, voice


async def test_one_voice_says_nothing_of_the_next(espeak: Espeak) -> None:
    before = await espeak.speak(SENTENCE, "es", {})
    await espeak.speak("Good evening.", "en", {"voice": "en+f3", "rate": 300, "pitch": 99, "range": 99})
    after = await espeak.speak(SENTENCE, "es", {})
    assert len(after.samples) == pytest.approx(len(before.samples), rel=0.001)
    assert pitch_hz(after) == pytest.approx(pitch_hz(before), rel=0.1)


def pitch_hz(speech: Speech) -> float:
    """Of the whole, by its autocorrelation between 60 and 400 Hz."""
    sound = speech.samples - speech.samples.mean()
    spectrum = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
    same = np.fft.irfft(spectrum)
    shortest, longest = speech.rate_hz // 400, speech.rate_hz // 60
    return float(speech.rate_hz / (shortest + np.argmax(same[shortest:longest])))


@pytest.mark.parametrize(
    "voice",
    [
        {"voice": "no-such-voice"}, {"rate": "fast"}, {"rate": -1}, {"pitch": True}, {"range": float("nan")},
        {"rate": None}, {"pitch": 1e9},
    ],
)  # fmt: skip
async def test_a_voice_that_makes_no_sense_is_the_profiles_fault(
    espeak: Espeak, voice: dict[str, Any]
) -> None:
    with pytest.raises(EngineError) as refused:
        await espeak.speak(SENTENCE, "es", voice)
    assert refused.value.code == ErrorCode.INVALID_VOICE_PROFILE


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Президент посетит Париж."), ("en", "総理大臣は明日到着します。"), ("ru", "السلام عليكم"),
        ("ja", "総理大臣"), ("es", "\U0001f600 ... ?!"), ("es", ""),
    ],
)  # fmt: skip
async def test_a_script_that_the_voice_cannot_read_is_not_spelt_out(
    espeak: Espeak, language: str, text: str
) -> None:
    """It would say `Cyrillic letter` for each."""
    with pytest.raises(EngineError) as refused:
        await espeak.speak(text, language, {})
    assert refused.value.code == ErrorCode.SYNTHESIS_FAILED
    assert not text or text not in refused.value.message


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Президент посетит Париж."), ("cmn", "总统访问巴黎"), ("ja", "こんにちは"), ("el", "Καλημέρα"),
        ("ar", "السلام عليكم"), ("hi", "नमस्ते दुनिया"), ("pt-BR", "Bom dia"), ("es-MX", "Buenos días"),
        ("ES", "Paris 2026"), ("he", "שלום עולם"),
    ],
)  # fmt: skip
async def test_each_language_is_read_in_its_own_script(espeak: Espeak, language: str, text: str) -> None:
    spoken = await espeak.speak(text, language, {})
    assert seconds(spoken) > 0.4
    assert 0.05 < np.abs(spoken.samples).max() <= 1.0


async def test_every_language_it_offers_has_a_voice(espeak: Espeak) -> None:
    offered = SPEC.check(EngineSettings()).targets
    assert offered is not None
    assert {"es", "en", "fr", "de", "it", "pt", "ru", "hi", "zh", "ja", "ar"} <= set(offered)
    for language in offered:
        # Some have no numbers, and no Latin letters.
        with contextlib.suppress(EngineError):
            await espeak.speak("a 1", language, {})
            continue
        with pytest.raises(EngineError, match="spoke nothing"):
            await espeak.speak("a 1", language, {})


async def test_a_language_it_does_not_know_is_refused(espeak: Espeak) -> None:
    with pytest.raises(EngineError) as refused:
        await espeak.speak(SENTENCE, "tlh-XX", {})
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE


async def test_control_characters_and_markup_are_no_commands(espeak: Espeak) -> None:
    """`\\x01` and a figure would change its speed and voice, `\\0` end the text, `<break>` make a pause."""
    plain = await espeak.speak("uno dos tres", "es", {})
    assert speakable("uno\x01 400S dos\0tres\n\ud800") == "uno 400S dos tres"
    for text in ("uno\0dos\0tres", "uno\tdos\r\ntres\x1b", "uno dos tres\x01"):
        spoken = await espeak.speak(text, "es", {})
        assert seconds(spoken) == pytest.approx(seconds(plain), rel=0.02), text
    paused = await espeak.speak("uno dos <break time='9s'/> tres", "es", {})
    assert seconds(paused) < seconds(plain) + 4


async def test_nothing_is_left_out_of_a_long_text(espeak: Espeak) -> None:
    one = await espeak.speak(SENTENCE, "es", {})
    many = await espeak.speak(f"{SENTENCE} " * 80, "es", {})
    assert seconds(many) > 75 * seconds(one)


def test_a_language_of_its_own_comes_before_one_of_a_region() -> None:
    listed = [
        Listed("es-419", "roa/es-419", 2), Listed("en-us", "gmw/en-us", 2), Listed("en", "gmw/en-us", 5),
        Listed("es", "roa/es", 5), Listed("en", "gmw/en", 2), Listed("pt-br", "roa/pt-br", 5),
    ]  # fmt: skip
    assert best_voices(listed) == {
        "es-419": "roa/es-419", "es": "roa/es", "en-us": "gmw/en-us", "en": "gmw/en", "pt-br": "roa/pt-br",
        "pt": "roa/pt-br",
    }  # fmt: skip


def test_letters_of_another_script_alone_are_nothing_to_read() -> None:
    assert can_read("Париж", "ru")
    assert can_read("Paris", "ru")
    assert can_read("Париж 7", "es")
    assert not can_read("Париж", "es")
    assert not can_read("漢字", "ja")
    assert can_read("カナ", "ja")


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_NAMES", ("libno-such-library.so.1",))
    native.library.cache_clear()
    with pytest.raises(NotHere, match=r"^eSpeak NG is not installed: apt-get install libespeak-ng1$"):
        SPEC.check(EngineSettings())
    with pytest.raises(NotHere, match="apt-get install libespeak-ng1"):
        SPEC.make(EngineSettings())


def test_missing_data_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithoutData:
        def espeak_Initialize(self, *_: object) -> int:  # noqa: N802 - the library's name
            return -1

    monkeypatch.setattr(native, "_loaded", WithoutData)
    native.library.cache_clear()
    with pytest.raises(NotHere, match="data of eSpeak NG are missing: apt-get install espeak-ng-data"):
        SPEC.check(EngineSettings())


@pytest.fixture(autouse=True)
def _the_library_stays(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a test has made of it is forgotten, and it is begun once all the same."""
    real = native.library()
    yield
    monkeypatch.undo()
    native.library.cache_clear()
    monkeypatch.setattr(native, "Library", lambda: real)
    native.library()
    monkeypatch.undo()


def test_it_can_be_asked_for_and_made_again_and_again() -> None:
    """Ended and begun anew it would hang, so it is begun once. In a process of its own, which may be hung."""
    program = (
        "import asyncio\n"
        "from sts_service.engines import EngineSettings\n"
        "from sts_service.tts.espeak import SPEC\n"
        "for _ in range(20):\n"
        "    SPEC.check(EngineSettings())\n"
        "    engine = SPEC.make(EngineSettings())\n"
        "    assert len(asyncio.run(engine.speak('hola', 'es', {})).samples)\n"
        "    asyncio.run(engine.close())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=40, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("named", [False, True])
def test_no_sound_server_is_looked_for(tmp_path: Path, named: bool) -> None:
    """Not even the one that the user has; and nothing is left in his folders."""
    home, temp = tmp_path / "home", tmp_path / "temp"
    home.mkdir()
    temp.mkdir()
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(temp)}
    for name in ("PULSE_SERVER", "PULSE_RUNTIME_PATH", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME"):
        environment.pop(name, None)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        if named:
            environment["PULSE_SERVER"] = f"tcp:127.0.0.1:{server.getsockname()[1]}"
        program = (
            "import os\n"
            "from sts_service.tts.espeak_library import library\n"
            "before = dict(os.environ)\n"
            "library()\n"
            "assert os.environ == before\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, timeout=40, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        with pytest.raises(BlockingIOError):
            server.accept()
    assert [*home.rglob("*"), *temp.rglob("*")] == []


def test_a_voices_languages_are_read_as_the_library_lists_them() -> None:
    """A byte of priority and a tag, over and over, up to a priority of zero."""
    data = b"\x05es\0\x02es-419\0\0ignored"
    buffer = ctypes.create_string_buffer(data, len(data))
    assert list(native._languages(ctypes.addressof(buffer))) == [(5, "es"), (2, "es-419")]
    assert list(native._languages(None)) == []
