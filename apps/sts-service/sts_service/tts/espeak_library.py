"""libespeak-ng by ctypes. Its state is the process's: `library()` is its only one, for one call at a time."""

import ctypes
import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_NAMES: Final = ("libespeak-ng.so.1", "libespeak-ng.1.dylib", "libespeak-ng.dll")
_SYNCHRONOUS: Final = 2
_DO_NOT_EXIT: Final = 0x8000
"""Without it the library ends the process where its data are missing."""
_UTF8: Final = 1
_RATE, _PITCH, _RANGE = 1, 3, 4


class NoLibrary(Exception):
    """It is not installed, or its data are not."""


class NoVoice(Exception):
    """It has no voice of that name."""


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        # A byte of priority and a tag ending in a null character, as often as there are tags, then a null.
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("unused", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, slots=True)
class Listed:
    """A language that a voice of the library speaks."""

    tag: str
    identifier: str
    priority: int
    """The lowest speaks it best."""


class Library:
    """Never given back: ended and begun anew in the same process it hangs, as its own thread gets lost."""

    def __init__(self) -> None:
        self._library = _loaded()
        with _no_sound_server():
            self.rate_hz: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, None, _DO_NOT_EXIT)
        if self.rate_hz <= 0:
            raise NoLibrary("the data of eSpeak NG are missing: apt-get install espeak-ng-data")
        self._pieces: list[npt.NDArray[np.int16]] = []
        # Kept as long as the library: it is called from C.
        self._callback = _Callback(self._take)
        self._library.espeak_SetSynthCallback(self._callback)

    @property
    def version(self) -> str:
        return str(self._library.espeak_Info(None).decode())

    def voices(self) -> Iterator[Listed]:
        listed = self._library.espeak_ListVoices(None)
        index = 0
        while listed[index]:
            voice = listed[index].contents
            index += 1
            for priority, tag in _languages(voice.languages):
                yield Listed(tag.lower(), voice.identifier.decode(), priority)

    def speak(
        self, text: str, voice: str, *, words_per_minute: int, pitch: int, pitch_range: int
    ) -> npt.NDArray[np.int16]:
        """At `rate_hz`. Raises `NoVoice`."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise NoVoice
        for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_RANGE, pitch_range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._pieces.clear()
        said = text.encode(errors="replace")
        self._library.espeak_Synth(said, len(said) + 1, 0, 1, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        sound = np.concatenate([np.zeros(0, np.int16), *self._pieces])
        self._pieces.clear()
        return sound

    def _take(self, samples: Any, count: int, events: object) -> int:
        if samples and count > 0:
            self._pieces.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0


@functools.cache
def library() -> Library:
    """Raises `NoLibrary`."""
    return Library()


@contextmanager
def _no_sound_server() -> Iterator[None]:
    """Though it plays nothing it asks PulseAudio: for half a minute where that hangs, and leaves folders."""
    meant = os.environ.get("PULSE_SERVER")
    os.environ["PULSE_SERVER"] = f"unix:{os.devnull}"
    try:
        yield
    finally:
        del os.environ["PULSE_SERVER"]
        if meant is not None:
            os.environ["PULSE_SERVER"] = meant


def _loaded() -> ctypes.CDLL:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.espeak_Info.restype = ctypes.c_char_p
        library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        library.espeak_Synth.argtypes = [
            *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
            *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
        ]
        return library
    raise NoLibrary("eSpeak NG is not installed: apt-get install libespeak-ng1")


def _languages(address: int | None) -> Iterator[tuple[int, str]]:
    while address:
        priority = ctypes.c_ubyte.from_address(address).value
        if priority == 0:
            return
        tag = ctypes.string_at(address + 1)
        yield priority, tag.decode()
        address += len(tag) + 2
