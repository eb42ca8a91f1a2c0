"""A folder of recordings and of what is right for them.

    opening.wav       16 bit PCM, any rate, any channels
    opening.txt       what is said in it
    opening.es.txt    what that is in Spanish; without it the recording has no score for its translation

Texts are UTF-8. What belongs to no recording is left alone, such as a README.
"""

import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sts_service.audio import Clip


class WrongSet(Exception):
    """What is wrong with the folder, in one line that names the file."""


@dataclass(frozen=True, slots=True)
class Recording:
    name: str
    path: Path
    transcript: str
    translation: str | None

    def clip(self) -> Clip:
        """Raises `WrongSet`."""
        try:
            with wave.open(str(self.path)) as file:
                if file.getsampwidth() != 2:
                    raise WrongSet(
                        f"{self.path.name}: has {8 * file.getsampwidth()} bit samples, 16 are read"
                    )
                data = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
                return Clip(data.reshape(-1, file.getnchannels()) / np.float32(32768), file.getframerate())
        except (wave.Error, EOFError, OSError, ValueError) as error:
            raise WrongSet(f"{self.path.name}: is no WAV file that can be read ({error})") from error


def recordings(folder: Path, target: str) -> list[Recording]:
    """In the order of their names. `target` is a language tag. Raises `WrongSet`."""
    if not folder.is_dir():
        raise WrongSet(f"{folder}: is no folder")
    found = list(_found(folder, target))
    if not found:
        raise WrongSet(f"{folder}: has no recording (name.wav with name.txt beside it)")
    return found


def _found(folder: Path, target: str) -> Iterator[Recording]:
    for path in sorted(folder.glob("*.wav")):
        transcript = _text(path.with_suffix(".txt"))
        if transcript is None:
            raise WrongSet(f"{path.name}: {path.stem}.txt, which tells what is said in it, is not there")
        yield Recording(path.stem, path, transcript, _text(path.with_suffix(f".{target}.txt")))


def _text(path: Path) -> str | None:
    if not path.exists():
        return None
    try:
        text = " ".join(path.read_text("utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSet(f"{path.name}: cannot be read as UTF-8 ({type(error).__name__})") from error
    if not text:
        raise WrongSet(f"{path.name}: is empty")
    return text
