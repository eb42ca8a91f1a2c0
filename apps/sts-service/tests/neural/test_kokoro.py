"""kokoro-onnx, the real one, on a model that hums a tone."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.tts.kokoro import RATE_HZ, SPEC, Kokoro, best_voice, check, make

from neural import tiny_onnx

TEXT = "El presidente visita hoy la capital."
LOUDNESS = {"af_heart": 0.2, "am_adam": 0.25, "bf_emma": 0.4, "ef_dora": 0.3, "em_alex": 0.5, "jf_alpha": 0.1}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kokoro")
    tiny_onnx.kokoro(root / "kokoro", LOUDNESS)
    return root


@pytest.fixture(scope="module")
def kokoro(shelf: Path) -> Kokoro:
    made = make(EngineSettings(model_path=str(shelf)))
    assert isinstance(made, Kokoro)
    return made


async def test_it_speaks_at_the_wanted_speed(kokoro: Kokoro) -> None:
    natural = await kokoro.speak(TEXT, "es", {})
    assert natural.rate_hz == SPEC.card.rate_hz == RATE_HZ
    assert natural.samples.dtype == np.float32
    for speed in (0.8, 1.25):
        said = await kokoro.speak(TEXT, "es", {}, speed)
        assert len(natural.samples) / len(said.samples) == pytest.approx(speed, rel=0.05)


async def test_a_speed_out_of_its_range_is_brought_into_it(kokoro: Kokoro) -> None:
    assert len((await kokoro.speak(TEXT, "es", {}, 9.0)).samples) > 0


@pytest.mark.parametrize(
    ("language", "voice", "heard"),
    [
        ("es-419", {}, "ef_dora"),
        ("es", {"voice": "em_alex"}, "em_alex"),
        ("en-US", {}, "af_heart"),
        ("en-GB", {}, "bf_emma"),
    ],
)
async def test_the_voice_is_the_named_one_or_the_languages_best(
    kokoro: Kokoro, language: str, voice: dict[str, Any], heard: str
) -> None:
    said = await kokoro.speak("Hello there, mister president.", language, voice)
    assert np.abs(said.samples).max() == pytest.approx(LOUDNESS[heard], rel=0.01)


@pytest.mark.parametrize("text", ["", "…", "?! —"])
async def test_where_there_is_nothing_to_say_it_says_nothing(kokoro: Kokoro, text: str) -> None:
    assert len((await kokoro.speak(text, "es", {})).samples) == 0


async def test_another_script_and_five_thousand_characters_are_spoken(kokoro: Kokoro) -> None:
    assert len((await kokoro.speak("Привет, мир! 你好", "es", {})).samples) > 0
    assert len((await kokoro.speak("Hola señora. " * 385, "es", {})).samples) > 60 * RATE_HZ


async def test_an_unknown_voice_or_language_is_refused(kokoro: Kokoro) -> None:
    for name in ("nobody", "jf_alpha"):
        with pytest.raises(EngineError) as unknown:
            await kokoro.speak(TEXT, "es", {"voice": name})
        assert unknown.value.code == ErrorCode.SYNTHESIS_FAILED
    with pytest.raises(EngineError) as refused:
        await kokoro.speak(TEXT, "de", {})
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ValueError(f"Nothing to synthesize, {TEXT!r}"), ErrorCode.SYNTHESIS_FAILED),
        (RuntimeError("the graph broke"), ErrorCode.MODEL_ERROR),
        (RuntimeError("CUDA failure 2: out of memory"), ErrorCode.GPU_OOM),
    ],
)
async def test_its_failures_are_told_and_quote_nothing(error: Exception, code: ErrorCode) -> None:
    class Failing:
        def get_voices(self) -> list[str]:
            return ["ef_dora"]

        def create(self, *_: Any, **__: Any) -> Any:
            raise error

    with pytest.raises(EngineError) as told:
        await Kokoro(Failing()).speak(TEXT, "es", {})
    assert told.value.code == code
    assert TEXT not in told.value.message


def test_the_offer_is_the_languages_of_its_voices(shelf: Path) -> None:
    offer = check(EngineSettings(model_path=str(shelf)))
    assert offer.targets == ("en", "es")


def test_missing_or_broken_files_are_told(shelf: Path, tmp_path: Path) -> None:
    for settings in (EngineSettings(), EngineSettings(model_path=str(tmp_path))):
        with pytest.raises(NotHere, match="MODEL_PATH/kokoro"):
            check(settings)
    folder = tiny_onnx.kokoro(tmp_path / "kokoro", {"ef_dora": 0.3})
    (folder / "kokoro-tiny.onnx").write_bytes(b"no model")
    with pytest.raises(NotHere, match="kokoro-tiny"):
        make(EngineSettings(model_path=str(tmp_path)))
    (folder / "voices-tiny.bin").write_bytes(b"no voices")
    with pytest.raises(NotHere, match="voices-tiny"):
        check(EngineSettings(model_path=str(tmp_path)))


def test_without_the_best_voice_any_of_the_language_does() -> None:
    assert best_voice(["am_adam", "bm_daniel"], "en") == "am_adam"
    assert best_voice(["am_adam"], "en-GB") == "am_adam"
    assert best_voice(["am_adam"], "es") is None
