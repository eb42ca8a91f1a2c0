"""Piper's voices on this disk: an .onnx file each, with its settings beside it in .onnx.json."""

import json
from dataclasses import dataclass
from pathlib import Path

from sts_service.engines import EngineSettings
from sts_service.engines.card import primary


@dataclass(frozen=True, slots=True)
class PiperVoice:
    name: str
    path: Path
    language: str
    """A tag with its region, such as `es-MX`."""


def on_disk(settings: EngineSettings) -> list[PiperVoice]:
    """In `MODEL_PATH` and in its folder `piper`, by name."""
    if settings.model_path is None:
        return []
    root = Path(settings.model_path)
    files = [path for folder in (root, root / "piper") for path in sorted(folder.glob("*.onnx"))]
    return [voice for path in files if (voice := _read(path)) is not None]


def pick(voices: list[PiperVoice], language: str, name: str | None) -> PiperVoice | None:
    """The named one, else one of the very region, else one of the language."""
    if name is not None:
        return next((voice for voice in voices if voice.name == name), None)
    same = [voice for voice in voices if primary(voice.language) == primary(language)]
    region = [voice for voice in same if voice.language.lower() == language.lower()]
    return next(iter(region or same), None)


def _read(path: Path) -> PiperVoice | None:
    """None where it is no voice of Piper's."""
    try:
        said = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
        code = said.get("language", {}).get("code") or said["espeak"]["voice"]
        # Other .onnx models have settings beside them too; only a voice has phonemes.
        said["phoneme_id_map"]
        return PiperVoice(path.stem, path, str(code).replace("_", "-"))
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
