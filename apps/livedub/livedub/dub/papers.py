"""The captions and the transcript, as files."""

from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from media_service.config.places import problem_writing_file
from service_kit.settings import SettingError

from livedub.dub import captions, transcript
from livedub.dub.events import Slot
from livedub.settings import DubSettings


class Papers:
    """Captions are written as they come; the transcript at the end, in one piece."""

    def __init__(self, settings: DubSettings, say: Callable[[str], None]) -> None:
        """Raises `SettingError`."""
        self._settings = settings
        self._say = say
        self._slots: list[Slot] = []
        self._captions: TextIO | None = None
        for name in ("captions", "transcript"):
            path = getattr(settings, name)
            problem = None if path is None else problem_writing_file(Path(path))
            if problem is not None:
                raise SettingError(f"--{name}: {path}: {problem}")

    def open(self) -> None:
        if self._settings.captions is not None:
            self._captions = Path(self._settings.captions).open("w", encoding="utf-8")  # noqa: SIM115
            self._write(captions.HEAD)

    def add(self, slot: Slot) -> None:
        if self._settings.transcript is not None:
            self._slots.append(slot)
        if self._captions is not None:
            self._write("".join(cue.text() for cue in captions.cues(slot)))

    def close(self) -> None:
        if self._captions is not None:
            self._captions.close()
            self._captions = None
        path = self._settings.transcript
        if path is None:
            return
        text = transcript.document(
            self._slots,
            source_language=self._settings.source_language,
            target_language=self._settings.target_language,
        )
        part = Path(f"{path}.part")
        try:
            part.write_text(text, "utf-8")
            part.replace(path)
        except OSError as error:
            self._say(f"the transcript cannot be written: {error.strerror}")

    def _write(self, text: str) -> None:
        """A full disk ends the captions, not the dubbing."""
        if self._captions is None:
            return
        try:
            self._captions.write(text)
            self._captions.flush()
        except OSError as error:
            self._captions = None
            self._say(f"no more captions: {error.strerror}")
