"""The settings of the service that dubs: the server's, the engines', and its own."""

from dataclasses import dataclass

from service_kit.settings import SettingError, setting

from sts_service.engines import EngineSettings
from sts_service.server.settings import ServerSettings

AUTO = "auto"


def _engine(what: str) -> str:
    row: str = setting(
        AUTO, f"engine that {what}, by name; auto takes the best that is ready and keeps up here"
    )
    return row


@dataclass(frozen=True, kw_only=True)
class FullSettings(EngineSettings, ServerSettings):
    """The table of `python -m sts_service.full`."""

    asr_engine: str = _engine("transcribes")
    translation_engine: str = _engine("translates")
    tts_engine: str = _engine("speaks")
    voice_profiles_path: str | None = setting(None, "voices.json; unset is the shipped one")
    empty_fragment_audio: str = setting(
        "silence", "what a fragment without speech returns", choices=("silence", "original")
    )
    max_load: float = setting(
        0.8,
        "share of the engines' time, or the processor's, that a new stream may fill; 0: none is refused",
        at_least=0,
        at_most=10,
    )
    dub_speed_min: float = setting(
        0.8, "slowest that a dub is played, 1 is as spoken", at_least=0.5, at_most=1
    )
    dub_speed_max: float = setting(1.2, "fastest that a dub is played, 1 is as spoken", at_least=1, at_most=2)
    enable_artifact_logging: bool = setting(False, "keep every fragment's sound and texts on disk")
    artifacts_path: str = setting("./artifacts", "folder in which they are kept")
    artifact_retention_hours: float = setting(24.0, "hours after which they are deleted", at_least=0.01)
    artifact_max_count: int = setting(1000, "fragments of which they are kept at most", at_least=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("asr_engine", "translation_engine", "tts_engine"):
            if not getattr(self, name).strip():
                raise SettingError(f"{name.upper()}: is empty")
        if self.enable_artifact_logging and not self.artifacts_path.strip():
            raise SettingError("ARTIFACTS_PATH: is empty, and ENABLE_ARTIFACT_LOGGING is on")

    def engine(self, stage: str) -> str:
        """The engine asked for, or `auto`."""
        return str(getattr(self, f"{stage}_engine"))

    def timeout_ms(self, stage: str) -> int:
        """For the work on 6 s of sound."""
        return int(getattr(self, f"{stage}_timeout_ms"))
