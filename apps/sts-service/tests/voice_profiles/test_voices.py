"""voices.json: what it gives, and what it says when it is wrong."""

import json
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.voices import Voices, VoicesWrong


def written(folder: Path, content: object) -> str:
    file = folder / "voices.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def profile(**voices: Any) -> dict[str, Any]:
    return {"profiles": {"default": {"voices": voices}}}


def recording(file: Path, *, seconds: float = 4, rate_hz: int = 22_050, channels: int = 1, width: int = 2,
              loudness: float = 0.1) -> None:  # fmt: skip
    length = int(seconds * rate_hz) * channels
    samples = np.sin(np.arange(length) / 20) * loudness * 2 ** (8 * width - 1)
    with wave.open(str(file), "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(width)
        made.setframerate(rate_hz)
        made.writeframes(samples.astype(f"<i{width}").tobytes() if width > 1 else bytes(length))


def test_what_is_shipped_has_a_voice_for_every_language_that_it_names() -> None:
    voices = Voices.load(None)
    default = voices.profile("default")
    assert default is not None
    assert voices.names == ("default",)
    assert default.engine == "auto"
    assert default.voice("es", "espeak") == {"voice": "es-419", "rate": 165}
    assert default.voice("es-MX", "espeak") == default.voice("es", "espeak")
    assert default.voice("es-ES", "espeak")["voice"] == "es"
    assert default.voice("es", "unheard-of") == {}
    assert default.voice("xx", "espeak") == {}
    assert voices.profile("nobody") is None


def test_a_profile_may_be_meant_for_one_engine(tmp_path: Path) -> None:
    row = {"engine": "espeak", "description": "for the night", "voices": {}}
    voices = Voices.load(written(tmp_path, {"profiles": {"default": {"voices": {}}, "night": row}}))
    night = voices.profile("night")
    assert night is not None
    assert night.engine == "espeak"


def test_a_recording_beside_the_file_is_found(tmp_path: Path) -> None:
    recording(tmp_path / "anna.wav")
    voices = Voices.load(written(tmp_path, profile(es={"xtts": {"speaker_wav": "anna.wav", "more": 1}})))
    default = voices.profile("default")
    assert default is not None
    assert default.voice("es", "xtts") == {"speaker_wav": str(tmp_path / "anna.wav"), "more": 1}


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ({"seconds": 2.9}, "3 to 30 s are needed, not 2.9"),
        ({"seconds": 31}, "3 to 30 s are needed, not 31.0"),
        ({"rate_hz": 8000}, "at least 16000 Hz are needed, not 8000"),
        ({"channels": 2}, "mono is needed, not 2 channels"),
        ({"width": 1}, "16 or 32 bits are needed, not 8"),
        ({"loudness": 0.0001}, "it is silent"),
    ],
)
def test_a_recording_that_nobody_could_clone_is_refused(
    tmp_path: Path, kind: dict[str, Any], told: str
) -> None:
    recording(tmp_path / "anna.wav", **kind)
    path = written(tmp_path, profile(es={"xtts": {"speaker_wav": "anna.wav"}}))
    with pytest.raises(VoicesWrong) as wrong:
        Voices.load(path)
    assert str(wrong.value) == f'{path}: profile "default": es.xtts.speaker_wav: anna.wav: {told}'


def test_recordings_that_are_none_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, profile(es={"xtts": {"speaker_wav": "anna.wav"}}))
    with pytest.raises(VoicesWrong, match=r"anna\.wav: No such file or directory$"):
        Voices.load(path)
    (tmp_path / "anna.wav").write_bytes(b"ID3 not a WAV file at all")
    with pytest.raises(VoicesWrong, match=r"anna\.wav: not a PCM WAV file$"):
        Voices.load(path)
    recording(tmp_path / "whole.wav")
    (tmp_path / "anna.wav").write_bytes((tmp_path / "whole.wav").read_bytes()[:-1000])
    with pytest.raises(VoicesWrong, match=r"anna\.wav: it ends too early$"):
        Voices.load(path)
    with pytest.raises(VoicesWrong, match=r"es\.xtts\.speaker_wav: the path of a WAV file is needed$"):
        Voices.load(written(tmp_path, profile(es={"xtts": {"speaker_wav": 7}})))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "not readable as JSON"),
        ("[" * 100_000, "not readable as JSON"),
        ("[]", "the file: "),
        ({}, "profiles: Field required"),
        ({"profiles": {}}, 'profiles: there must be one named "default"'),
        ({"profiles": {"default": {}}}, 'profile "default": voices: Field required'),
        ({"profiles": {"a b": {"voices": {}}}}, 'profile "a b": '),
        (profile(es={"espeak": 5}), 'profile "default": voices.es.espeak: '),
        (profile(**{"not a language": {}}), 'profile "default": voices.not a language: '),
        ({"profiles": {"default": {"voices": {}, "engin": "x"}}}, 'profile "default": engin: '),
        ({"profiles": {"default": {"voices": {}, "engine": "A B"}}}, 'profile "default": engine: '),
    ],
)
def test_a_wrong_file_is_told_by_file_profile_and_field(tmp_path: Path, content: object, told: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(VoicesWrong) as wrong:
        Voices.load(path)
    assert str(wrong.value).startswith(f"{path}: {told}")
    assert "\n" not in str(wrong.value)


def test_a_file_that_cannot_be_read_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(VoicesWrong, match=r"nowhere\.json: No such file or directory"):
        Voices.load(str(tmp_path / "nowhere.json"))
    with pytest.raises(VoicesWrong, match="Is a directory"):
        Voices.load(str(tmp_path))
    with pytest.raises(VoicesWrong, match="larger than"):
        Voices.load(written(tmp_path, " " * 4_000_001))


@given(data=st.binary(max_size=200) | st.text().map(str.encode))
def test_garbage_is_told_and_nothing_else_happens(
    data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.getbasetemp() / "garbage.json"
    file.write_bytes(data)
    with pytest.raises(VoicesWrong):
        Voices.load(str(file))
