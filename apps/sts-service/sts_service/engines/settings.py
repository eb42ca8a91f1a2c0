"""The part of the settings table that engines read. Picklable: it goes to the engine processes."""

from dataclasses import dataclass

from service_kit.settings import Settings, setting


def _timeout(stage: str, default_ms: int) -> int:
    row: int = setting(
        default_ms,
        f"milliseconds that {stage} may take for 6 s of sound; longer fragments get more",
        at_least=100,
        at_most=120_000,
    )
    return row


@dataclass(frozen=True, kw_only=True)
class EngineSettings(Settings):
    """Of the shipped engines; a foreign engine reads its own variables."""

    asr_timeout_ms: int = _timeout("transcription", 5000)
    translation_timeout_ms: int = _timeout("translation", 3000)
    tts_timeout_ms: int = _timeout("synthesis", 5000)
    whisper_model: str = setting("medium", "faster-whisper: a model's size or the hub's name of it")
    whisper_device: str = setting(
        "auto", "faster-whisper: where it computes", choices=("auto", "cpu", "cuda")
    )
    whisper_compute_type: str = setting("auto", "faster-whisper: arithmetic, such as int8 or float16")
    model_path: str | None = setting(
        None, "folder with models, a folder each by its name, instead of the hub's cache"
    )
    download_models: bool = setting(False, "fetch a model that is not on disk from the hub at start-up")
    deepl_api_key: str | None = setting(None, "deepl: the key", secret=True)
    deepl_server_url: str | None = setting(None, "deepl: another server than the key's own")
    deepl_formality: str = setting(
        "default",
        "deepl: how to address people, where the language tells apart",
        choices=("default", "prefer_more", "prefer_less"),
    )
    deepl_glossary_id: str | None = setting(None, "deepl: a glossary that the account holds")
    deepl_model_type: str = setting(
        "latency_optimized",
        "deepl: what to go for",
        choices=("latency_optimized", "quality_optimized", "prefer_quality_optimized"),
    )
    scripted_transcript: str | None = setting(
        None, "scripted: subtitles (.srt or .vtt) to hear instead of the sound"
    )
    elevenlabs_api_key: str | None = setting(None, "elevenlabs: the key", secret=True)
    elevenlabs_server_url: str | None = setting(None, "elevenlabs: another server than its own")
    elevenlabs_model: str = setting("eleven_flash_v2_5", "elevenlabs: the model")
