"""voices.json."""

from collections.abc import Iterator
from importlib.resources import files

from sts_service.voices import Voices, VoicesWrong

from fuzz.promises import hold

VOICES = b'{"es-419":{"espeak":{"voice":"es"}}}'
ONE = b'{"profiles":{"default":{"engine":"auto","description":"d","voices":%s}}}' % VOICES


def one(data: bytes) -> None:
    try:
        voices = Voices.parse(data, "voices.json", None)
    except VoicesWrong as wrong:
        hold(len(str(wrong)) < 1000, "few words")
        return
    hold("default" in voices.names, "a profile for whoever names none")
    for name in voices.names:
        profile = voices.profile(name)
        hold(profile is not None, "what is named is there")
        if profile is not None:
            profile.voice("es-419-x-y", "espeak")


def seeds() -> Iterator[bytes]:
    yield (files("sts_service.voices") / "voices.json").read_bytes()
    yield ONE
    yield ONE.replace(b"default", b"other")
    yield ONE.replace(b'"es"', b"[" * 300 + b"]" * 300)
    yield b'{"profiles":{"a":1,"a":2}}'
    yield b'{"profiles":{"default":{"voices":{"en":{"xtts":{"speaker_wav":"../../x.wav"}}}}}}'
