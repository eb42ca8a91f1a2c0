"""The embedded engines pass the tests that every engine has to pass."""

from sts_service.engines.registry import find
from sts_service.testing import SynthesizerConformance, TranscriberConformance, TranslatorConformance


class TestPocketsphinx(TranscriberConformance):
    spec = find("asr")["pocketsphinx"]


class TestApertium(TranslatorConformance):
    spec = find("translation")["apertium"]


class TestEspeak(SynthesizerConformance):
    spec = find("tts")["espeak"]
