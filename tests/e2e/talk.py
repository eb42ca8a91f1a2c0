"""A minute of English news, read by a generated voice: what is said when, and a beep in each pause."""

import dataclasses
import subprocess
import wave
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np
from media_service.testmedia import sound
from media_service.testmedia.generate import generate
from media_service.testmedia.programme import BEEP_S, CODE_S, CODE_STARTS_S, Programme
from speech import RATE_HZ as VOICE_HZ
from speech import UNSEEN, say
from sts_service.audio import resample

RATE_HZ = 48_000
BEFORE_BEEP_S, AFTER_BEEP_S = 0.25, 0.35
"""Silence on either side of a beep: together a pause at which may be cut."""
MARK_S = CODE_STARTS_S + CODE_S + 0.02
VOICE_GAIN = 0.6
BEEP_DBFS = -18.0
ROOM_DBFS = -56.0
"""Under it all, so that a pause is not silence; 35 dB and more below the voice."""
WORDS_S = 1.5
MUXING_S = 60
SENTENCES = (
    *UNSEEN,
    "the president will visit france and germany next week",
    "the hospital will open its doors to the public in january",
    "scientists have discovered a new species of fish in the pacific ocean",
    "the government has announced a new plan to protect the environment",
    "the two countries have signed an important agreement",
    "the police have arrested two men in connection with the robbery",
)


@dataclass(frozen=True)
class Sentence:
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, eq=False)
class Talk:
    file: Path
    sentences: tuple[Sentence, ...]
    beeps: tuple[int, ...]
    """The seconds whose flash has a beep."""
    voice: sound.Mono
    """16 kHz, the voice alone."""

    def said_within(self, start_s: float, end_s: float) -> list[Sentence]:
        """The sentences that are wholly in there."""
        return [one for one in self.sentences if start_s <= one.start_s and one.end_s <= end_s]

    def speaks_within(self, start_s: float, end_s: float) -> bool:
        """For long enough to be heard as words."""
        heard_s = (min(end_s, one.end_s) - max(start_s, one.start_s) for one in self.sentences)
        return max(heard_s) > WORDS_S

    def beeps_within(self, start_s: float, end_s: float) -> list[int]:
        return [second for second in self.beeps if start_s <= second and second + MARK_S <= end_s]


def talk(file: Path, duration_s: int) -> Talk:
    """Sentences one after the other, and over again, until the time is up."""
    voice = np.zeros(duration_s * VOICE_HZ, np.float32)
    sentences: list[Sentence] = []
    beeps: list[int] = []
    at_s = 0.3
    while True:
        text = SENTENCES[len(sentences) % len(SENTENCES)]
        words = say(text)
        end_s = at_s + len(words) / VOICE_HZ
        if end_s + AFTER_BEEP_S > duration_s:
            break
        first = round(at_s * VOICE_HZ)
        voice[first : first + len(words)] = words * VOICE_GAIN
        sentences.append(Sentence(text, at_s, end_s))
        second = ceil(end_s + BEFORE_BEEP_S)
        if second + MARK_S < duration_s:
            beeps.append(second)
        at_s = second + MARK_S + AFTER_BEEP_S
    _write(file, duration_s, voice, beeps)
    return Talk(file, tuple(sentences), tuple(beeps), voice)


def _write(file: Path, duration_s: int, voice: sound.Mono, beeps: list[int]) -> None:
    programme = Programme(
        duration_s, audio=None, width=320, height=180, video_bit_rate=300_000, gop_s=1.0, beep_dbfs=BEEP_DBFS
    )
    picture = generate(file.with_suffix(".mp4"), programme)
    heard = resample(voice, VOICE_HZ, RATE_HZ) + _marks(programme, beeps)
    spoken = file.with_suffix(".wav")
    with wave.open(str(spoken), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes((np.clip(heard, -1, 1) * 32767).astype("<i2").tobytes())
    sound_as = ("-c:a", "aac", "-b:a", "192k", "-ac", "2")
    inputs = ("-i", picture, "-i", spoken, "-map", "0:v", "-map", "1:a")
    command = ("ffmpeg", "-y", "-loglevel", "error", *inputs, "-c:v", "copy", *sound_as, file)
    subprocess.run([str(word) for word in command], check=True, timeout=MUXING_S, stdin=subprocess.DEVNULL)
    for draft in (picture, spoken):
        draft.unlink()


def _marks(programme: Programme, beeps: list[int]) -> sound.Mono:
    """The chosen ones of the beeps that a programme has each second, and a room."""
    quiet = float("-inf")
    every = sound.mono(dataclasses.replace(programme, audio="aac", speech_dbfs=quiet, room_dbfs=quiet))
    room = sound.mono(
        dataclasses.replace(programme, audio="aac", speech_dbfs=quiet, beep_dbfs=quiet, room_dbfs=ROOM_DBFS)
    )
    chosen = np.zeros_like(every)
    for second in beeps:
        span = slice(round((second - 0.005) * RATE_HZ), round((second + MARK_S) * RATE_HZ))
        chosen[span] = every[span]
    assert BEEP_S < CODE_STARTS_S
    return np.asarray(chosen + room, np.float32)
