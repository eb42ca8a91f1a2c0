"""voices.json: what it gives, and what it says when it is wrong."""

import json
import re
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sts_service.engines import EngineSettings, NotHere
from sts_service.tts.espeak import SPEC
from sts_service.voices import Voices, VoicesWrong

DOCUMENT = Path(__file__).parents[4] / "docs" / "voices.md"


def written(folder: Path, content: object) -> str:
    file = folder / "voices.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(file)


def profile(**voices: Any) -> dict[str, Any]:
    return {"profiles": {"default": {"voices": voices}}}


def recording(file: Path, *, seconds: float = 4, rate_hz: int = 22_050, channels: int = 1, width: int = 2,
              loudness: float = 0.1, offset: float = 0.0) -> None:  # fmt: skip
    length = int(seconds * rate_hz) * channels
    samples = (np.sin(np.arange(length) / 20) * loudness + offset) * 2.0**31
    data = samples.astype("<i4").view(np.uint8).reshape(length, 4)[:, 4 - width :]
    with wave.open(str(file), "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(width)
        made.setframerate(rate_hz)
        made.writeframes(data.tobytes())


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


async def test_every_shipped_voice_of_the_embedded_engine_speaks() -> None:
    try:
        engine = SPEC.make(EngineSettings())
    except NotHere as why:
        pytest.skip(str(why))
    default = Voices.load(None).profile("default")
    assert default is not None
    for language in default.voices:
        speech = await engine.speak("1 2 3", language, default.voice(language, "espeak"))
        assert np.abs(speech.samples).max() > 0.01, language
    await engine.close()


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
        ({"width": 1}, "16, 24 or 32 bits are needed, not 8"),
        ({"loudness": 0.0001}, "it is silent"),
        ({"loudness": 0.0001, "offset": 0.2}, "it is silent"),
        ({"loudness": 0.0001, "width": 3}, "it is silent"),
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


@pytest.mark.parametrize(
    "kind",
    [{"width": 2}, {"width": 3}, {"width": 4}, {"rate_hz": 16_000}, {"seconds": 3}, {"seconds": 30},
     {"loudness": 0.01}, {"rate_hz": 48_000, "width": 3}],
)  # fmt: skip
def test_a_recording_as_a_studio_makes_it_is_taken(tmp_path: Path, kind: dict[str, Any]) -> None:
    recording(tmp_path / "anna.wav", **kind)
    voices = Voices.load(written(tmp_path, profile(es={"xtts": {"speaker_wav": "anna.wav"}})))
    assert voices.names == ("default",)


def test_languages_are_found_whatever_their_letters_region_and_script(tmp_path: Path) -> None:
    said = {"es-MX": {"e": {"n": 1}}, "zh": {"e": {"n": 2}}, "zh-hant": {"e": {"n": 3}}}
    default = Voices.load(written(tmp_path, profile(**said))).profile("default")
    assert default is not None
    asked = ("es-mx", "ES-MX", "es-AR", "zh-Hant-TW", "zh-Hans-CN", "ZH")
    assert [default.voice(language, "e").get("n") for language in asked] == [1, 1, None, 3, 2, 2]


def test_what_is_there_twice_is_refused_and_not_lost(tmp_path: Path) -> None:
    with pytest.raises(VoicesWrong, match='"es" is there twice'):
        Voices.load(written(tmp_path, '{"profiles": {"default": {"voices": {"es": {}, "es": {}}}}}'))
    with pytest.raises(VoicesWrong, match=r'profile "default": voices\.es-MX: is there twice'):
        Voices.load(written(tmp_path, profile(**{"es-mx": {}, "es-MX": {}})))


def test_recordings_that_are_none_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, profile(es={"xtts": {"speaker_wav": "anna.wav"}}))
    with pytest.raises(VoicesWrong, match=r"anna\.wav: No such file or directory$"):
        Voices.load(path)
    (tmp_path / "anna.wav").write_bytes(b"ID3 not a WAV file at all")
    with pytest.raises(VoicesWrong, match=r"anna\.wav: not a plain PCM WAV file \(ffmpeg "):
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


def test_the_documents_example_is_read_as_it_says(tmp_path: Path) -> None:
    page = DOCUMENT.read_text()
    (example,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "voices").mkdir()
    recording(tmp_path / "anna.wav")
    recording(tmp_path / "voices" / "bruno.wav")
    voices = Voices.load(written(tmp_path, example))
    default, night = voices.profile("default"), voices.profile("night")
    assert default is not None
    assert night is not None
    assert default.voice("es-MX", "espeak") == {"voice": "es-419", "rate": 165}
    assert default.voice("es-es", "espeak") == {"voice": "es"}
    assert night.engine == "xtts"
    recording(tmp_path / "anna.wav", channels=2)
    with pytest.raises(VoicesWrong) as wrong:
        Voices.load(written(tmp_path, example))
    (told,) = re.findall(r"^VOICE_PROFILES_PATH: (.*)$", page, re.MULTILINE)
    assert str(wrong.value) == f"{tmp_path}/{told}"


def test_the_document_counts_the_shipped_voices_right() -> None:
    default = Voices.load(None).profile("default")
    assert default is not None
    languages = {tag.partition("-")[0] for tag in default.voices}
    kokoro = {tag.partition("-")[0] for tag, engines in default.voices.items() if "kokoro" in engines}
    page = " ".join(DOCUMENT.read_text().split())
    assert f"eSpeak NG for each of {len(languages)} languages" in page
    assert {8: "eight", 9: "nine", 10: "ten"}[len(kokoro)] == re.findall(r"Kokoro for (\w+)", page)[0]
