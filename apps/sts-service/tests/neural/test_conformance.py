"""XTTS with random weights passes what every engine must; the other neural engines do so in `registry`."""

from pathlib import Path

import pytest
from sts_service.engines import EngineSettings
from sts_service.testing.conformance import SynthesizerConformance
from sts_service.tts import xtts

from neural import tiny_xtts


@pytest.mark.slow
class TestXtts(SynthesizerConformance):
    spec = xtts.SPEC

    @pytest.fixture
    def settings(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EngineSettings:
        pytest.importorskip("TTS", reason="the extra sts-service[xtts] is not installed")
        tiny_xtts.small_decoder(monkeypatch)
        tiny_xtts.random(tmp_path / "XTTS-v2", speaker="Ana")
        return EngineSettings(model_path=str(tmp_path))
