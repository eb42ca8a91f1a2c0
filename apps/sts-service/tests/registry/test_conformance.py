"""Every shipped engine that can run here passes the tests that every engine has to pass."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloud.provider import Answer, Asked, serving
from sts_service.asr import scripted
from sts_service.engines import EngineSettings
from sts_service.testing import SynthesizerConformance, TranscriberConformance, TranslatorConformance, fakes
from sts_service.testing.script import Script
from sts_service.translation import deepl, identity
from sts_service.tts import elevenlabs, tone

KEY = "not-a-real-key"


class TestScripted(TranscriberConformance):
    spec = scripted.SPEC

    @pytest.fixture
    def settings(self, tmp_path: Path) -> EngineSettings:
        subtitles = tmp_path / "programme.srt"
        # Later than any sound of these tests: it hears by the time, and so never silence.
        subtitles.write_text("1\n00:01:00,000 --> 00:01:02,000\nGood evening\n")
        return EngineSettings(scripted_transcript=str(subtitles))


class TestFakeTranscriber(TranscriberConformance):
    spec = fakes.TRANSCRIBER

    @pytest.fixture(autouse=True)
    def _always_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FAKE_TRANSCRIBER", '{"says": ["the same"]}')


class TestFakeTranscriberBesideTheServer(TranscriberConformance):
    spec = fakes.transcriber(Script(says=("one two",)), home="loop", concurrency=4)


class TestIdentity(TranslatorConformance):
    spec = identity.SPEC


class TestFakeTranslator(TranslatorConformance):
    spec = fakes.TRANSLATOR


class TestDeepL(TranslatorConformance):
    spec = deepl.SPEC

    @pytest.fixture
    def settings(self) -> Iterator[EngineSettings]:
        with serving(_translated) as provider:
            yield EngineSettings(deepl_api_key=KEY, deepl_server_url=provider.url)


def _translated(asked: Asked) -> Answer:
    text = asked.body["text"][0]
    answer: dict[str, Any] = {"text": text, "detected_source_language": "EN"}
    return Answer(body={"translations": [answer | {"billed_characters": len(text)}]})


class TestTone(SynthesizerConformance):
    spec = tone.SPEC


class TestFakeSynthesizer(SynthesizerConformance):
    spec = fakes.SYNTHESIZER


class TestElevenLabs(SynthesizerConformance):
    spec = elevenlabs.SPEC

    @pytest.fixture
    def settings(self) -> Iterator[EngineSettings]:
        with serving(_spoken) as provider:
            yield EngineSettings(elevenlabs_api_key=KEY, elevenlabs_server_url=provider.url)


def _spoken(asked: Asked) -> Answer:
    length = round(len(asked.body["text"].strip()) * 1000 / asked.body["voice_settings"]["speed"])
    return Answer(body=b"\x00\x10" * length)
