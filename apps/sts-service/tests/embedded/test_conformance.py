"""What every engine has to pass."""

import pytest
from sts_service.asr.pocketsphinx import SPEC as POCKETSPHINX
from sts_service.testing.conformance import (
    SynthesizerConformance,
    TranscriberConformance,
    TranslatorConformance,
)
from sts_service.translation.apertium import SPEC as APERTIUM
from sts_service.tts.espeak import SPEC as ESPEAK


@pytest.mark.slow
class TestPocketSphinx(TranscriberConformance):
    spec = POCKETSPHINX


class TestApertium(TranslatorConformance):
    spec = APERTIUM


class TestEspeak(SynthesizerConformance):
    spec = ESPEAK
