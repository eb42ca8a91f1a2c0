"""The neural engines pass the tests that every engine has to pass, on models made here."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from sts_service.asr import faster_whisper
from sts_service.engines import EngineSettings
from sts_service.testing import SynthesizerConformance, TranscriberConformance, TranslatorConformance
from sts_service.translation import ctranslate2
from sts_service.tts import kokoro, piper

from neural import tiny_onnx, tiny_translation, tiny_whisper, tiny_xtts


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    tiny_whisper.random(root / "babbling")
    tiny_translation.opus(root / "opus-mt-en-es")
    tiny_onnx.piper(root, "es_ES-tiny-medium", "es_ES")
    tiny_onnx.kokoro(root / "kokoro", {"ef_dora": 0.5})
    return root


class _WithModels:
    @pytest.fixture
    def settings(self, shelf: Path) -> EngineSettings:
        return EngineSettings(model_path=str(shelf), whisper_model="babbling")


class TestFasterWhisper(_WithModels, TranscriberConformance):
    spec = faster_whisper.SPEC


@pytest.mark.slow
class TestCTranslate2(_WithModels, TranslatorConformance):
    spec = ctranslate2.SPEC


class TestKokoro(_WithModels, SynthesizerConformance):
    spec = kokoro.SPEC


class TestPiper(_WithModels, SynthesizerConformance):
    spec = piper.SPEC


@pytest.fixture(scope="module")
def shelf_of_xtts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed: scripts/setup-xtts")
    root = tmp_path_factory.mktemp("xtts")
    tiny_xtts.random(root / "XTTS-v2", speaker="Ana")
    return root


@pytest.mark.slow
@pytest.mark.timeout(300)
class TestXtts(SynthesizerConformance):
    spec = tiny_xtts.SPEC
    patience_s = 240.0

    @pytest.fixture
    def settings(self, shelf_of_xtts: Path) -> EngineSettings:
        return EngineSettings(model_path=str(shelf_of_xtts))
