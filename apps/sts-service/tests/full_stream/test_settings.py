"""The table of the service that dubs."""

import dataclasses

import pytest
from service_kit.settings import SettingError, variable
from sts_service.full.settings import FullSettings

PAGE = {
    "ASR_ENGINE": "auto", "TRANSLATION_ENGINE": "auto", "TTS_ENGINE": "auto",
    "WHISPER_MODEL": "medium", "WHISPER_DEVICE": "auto", "WHISPER_COMPUTE_TYPE": "auto", "MODEL_PATH": None,
    "DEEPL_API_KEY": None, "DEEPL_SERVER_URL": None, "VOICE_PROFILES_PATH": None,
    "ASR_TIMEOUT_MS": 5000, "TRANSLATION_TIMEOUT_MS": 3000, "TTS_TIMEOUT_MS": 5000,
    "EMPTY_FRAGMENT_AUDIO": "silence", "DUB_SPEED_MIN": 0.8, "DUB_SPEED_MAX": 1.2,
    "ENABLE_ARTIFACT_LOGGING": False, "ARTIFACTS_PATH": "./artifacts", "ARTIFACT_RETENTION_HOURS": 24.0,
    "ARTIFACT_MAX_COUNT": 1000,
    "HOST": "127.0.0.1", "PORT": 8000, "STS_API_KEY": None, "WS_MAX_CONNECTIONS": 100, "QUEUE_MAX_DEPTH": 400,
}  # fmt: skip


def load(**environ: str) -> FullSettings:
    return FullSettings.load([], environ, prog="full", description="the service that dubs")


def test_the_page_s_defaults_are_the_defaults() -> None:
    rows = {variable(row): row.default for row in dataclasses.fields(FullSettings)}
    assert {name: rows[name] for name in PAGE} == PAGE


def test_every_setting_has_a_help_in_lower_case() -> None:
    for row in dataclasses.fields(FullSettings):
        assert row.metadata["help"][0].islower(), row.name


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        ({"DUB_SPEED_MIN": "1.1"}, "DUB_SPEED_MIN: 1.1 is above 1"),
        ({"DUB_SPEED_MAX": "0.9"}, "DUB_SPEED_MAX: 0.9 is below 1"),
        ({"EMPTY_FRAGMENT_AUDIO": "noise"}, "EMPTY_FRAGMENT_AUDIO: 'noise' is none of silence, original"),
        ({"ASR_ENGINE": " "}, "ASR_ENGINE: is empty"),
        ({"ENABLE_ARTIFACT_LOGGING": "true", "ARTIFACTS_PATH": " "}, "ARTIFACTS_PATH: is empty, and"),
        ({"ENABLE_ARTIFACT_LOGGING": "maybe"}, "ENABLE_ARTIFACT_LOGGING: 'maybe' is not true or false"),
        ({"TTS_TIMEOUT_MS": "0"}, "TTS_TIMEOUT_MS: 0 is below 100"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingError) as wrong:
        load(**environ)
    assert str(wrong.value).startswith(problem)


def test_the_stages_have_an_engine_and_a_timeout_each() -> None:
    settings = load(TTS_ENGINE="espeak", ASR_TIMEOUT_MS="7000")
    assert [settings.engine(stage) for stage in ("asr", "translation", "tts")] == ["auto", "auto", "espeak"]
    assert [settings.timeout_ms(stage) for stage in ("asr", "translation", "tts")] == [7000, 3000, 5000]


def test_no_key_is_shown() -> None:
    shown = repr(load(DEEPL_API_KEY="hunter2", ELEVENLABS_API_KEY="hunter2"))  # pragma: allowlist secret
    assert "hunter2" not in shown
