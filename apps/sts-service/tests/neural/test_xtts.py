"""coqui-tts's XTTS v2, the real one, with random weights. `scripts/setup-xtts` installs it."""

import wave
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.tts.recording import Unreadable, read_recording
from sts_service.tts.xtts import PAUSE_S, RATE_HZ, Xtts, check
from sts_service.tts.xtts_model import readable

from neural import tiny_xtts
from neural.tiny_xtts import make

# Even so small a model takes a second a sentence where the machine has other work.
pytestmark = pytest.mark.timeout(240)

TEXT = "El presidente visita hoy la capital."


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("TTS") is None:
        pytest.skip("coqui-tts is not installed: scripts/setup-xtts")
    root = tmp_path_factory.mktemp("xtts")
    tiny_xtts.random(root / "XTTS-v2")
    return root


@pytest.fixture(scope="module")
def xtts(shelf: Path) -> Xtts:
    made = make(EngineSettings(model_path=str(shelf)))
    assert isinstance(made, Xtts)
    return made


@pytest.fixture
def voice(tmp_path: Path) -> dict[str, str]:
    return {"speaker_wav": str(recording(tmp_path / "voice.wav"))}


def recording(path: Path, length_s: float = 4.0, seed: int = 0) -> Path:
    noise = np.random.default_rng(seed).standard_normal(round(length_s * 16_000)) * 3000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(noise.astype("<i2").tobytes())
    return path


@pytest.mark.slow
async def test_it_speaks_with_a_cloned_voice_at_the_wanted_speed(xtts: Xtts, voice: dict[str, str]) -> None:
    natural = await xtts.speak(TEXT, "es", voice)
    assert natural.rate_hz == RATE_HZ
    assert natural.samples.dtype == np.float32
    assert np.abs(natural.samples).max() > 0.01
    quick = await xtts.speak(TEXT, "es", voice, 1.25)
    assert len(natural.samples) / len(quick.samples) == pytest.approx(1.25, rel=0.05)


@pytest.mark.slow
async def test_a_recording_is_listened_to_once(
    xtts: Xtts, voice: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    real = xtts._model.get_speaker_embedding

    def listen(sound: Any, rate_hz: int) -> Any:
        heard.append(rate_hz)
        return real(sound, rate_hz)

    monkeypatch.setattr(xtts._model, "get_speaker_embedding", listen)
    await xtts.speak("Hola", "es", voice)
    await xtts.speak("Hola", "pt", voice)
    assert len(heard) == 1
    recording(Path(voice["speaker_wav"]), length_s=5, seed=1)
    await xtts.speak("Hola", "es", voice)
    assert len(heard) == 2
    xtts.free_memory()
    await xtts.speak("Hola", "es", voice)
    assert len(heard) == 3


@pytest.mark.slow
async def test_one_that_never_ends_is_ended_in_proportion_to_its_text(
    xtts: Xtts, voice: dict[str, str]
) -> None:
    assert len((await xtts.speak("Sí", "es", voice)).samples) < 5 * RATE_HZ


@pytest.mark.slow
async def test_a_long_text_is_spoken_in_pieces(
    xtts: Xtts, voice: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def inference(text: str, *_: Any, **__: Any) -> Any:
        said.append(text)
        return {"wav": np.full(RATE_HZ, 0.1, np.float32)}

    monkeypatch.setattr(xtts._model, "inference", inference)
    text = "Hola señora, qué tal está usted. " * 150
    assert len(text) > 4900
    speech = await xtts.speak(text, "es", voice)
    assert max(map(len, said)) <= 239
    assert " ".join(said) == text.strip()
    pauses_s = (len(said) - 1) * PAUSE_S
    assert len(speech.samples) == pytest.approx((len(said) + pauses_s) * RATE_HZ, abs=len(said))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "language"), [("Привет, мир! 你好", "es"), ("मेरे पास 14 और ७ आम हैं", "hi"), ("3,5 %", "es")]
)
async def test_another_script_and_numbers_are_spoken(
    xtts: Xtts, voice: dict[str, str], text: str, language: str
) -> None:
    assert len((await xtts.speak(text, language, voice)).samples) > 0


@pytest.mark.slow
async def test_dots_alone_are_silence(xtts: Xtts, voice: dict[str, str]) -> None:
    assert len((await xtts.speak("…", "es", voice)).samples) == 0


@pytest.mark.slow
async def test_an_unknown_language_is_refused(xtts: Xtts, voice: dict[str, str]) -> None:
    with pytest.raises(EngineError) as refused:
        await xtts.speak(TEXT, "eo", voice)
    assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE


@pytest.mark.slow
async def test_a_voice_without_a_readable_recording_is_refused(xtts: Xtts, tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"no recording")
    wrong: list[dict[str, Any]] = [
        {},
        {"speaker": "Nobody"},
        {"speaker_wav": str(tmp_path / "missing.wav")},
        {"speaker_wav": str(tmp_path / "noise.wav")},
    ]
    for voice in wrong:
        with pytest.raises(EngineError) as refused:
            await xtts.speak(TEXT, "es", voice)
        assert refused.value.code == ErrorCode.SYNTHESIS_FAILED
        assert str(tmp_path) not in refused.value.message


@pytest.mark.slow
async def test_a_voice_of_the_models_own_is_used_by_its_name(
    xtts: Xtts, voice: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    condition, speaker = xtts._speakers.latents(voice)
    speakers = {"Ana": {"gpt_cond_latent": condition, "speaker_embedding": speaker}}
    monkeypatch.setattr(xtts._model, "speaker_manager", SimpleNamespace(speakers=speakers))
    for named in ({}, {"speaker": "Ana"}):
        assert len((await xtts.speak("Hola", "es", named)).samples) > 0


@pytest.mark.slow
async def test_a_full_gpu_is_told_and_after_freeing_it_the_engine_works_again(
    xtts: Xtts, voice: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    with monkeypatch.context() as patch:
        patch.setattr(xtts._model, "inference", full)
        with pytest.raises(EngineError) as told:
            await xtts.speak(TEXT, "es", voice)
    assert told.value.code == ErrorCode.GPU_OOM
    xtts.free_memory()
    assert len((await xtts.speak("Hola", "es", voice)).samples) > 0


@pytest.mark.slow
def test_a_broken_model_is_not_here_and_is_named(shelf: Path, tmp_path: Path) -> None:
    folder = tmp_path / "XTTS-v2"
    folder.mkdir()
    for file in (shelf / "XTTS-v2").iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    settings = EngineSettings(model_path=str(tmp_path))
    assert "es" in (check(settings).targets or ())
    (folder / "model.pth").write_bytes(b"no model")
    with pytest.raises(NotHere, match="XTTS-v2"):
        make(settings)
    (folder / "vocab.json").unlink()
    with pytest.raises(NotHere, match=r"vocab\.json"):
        check(settings)


@pytest.mark.slow
def test_it_is_fetched_only_by_who_agrees_to_its_licence(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COQUI_TOS_AGREED", raising=False)
    wanted = EngineSettings(model_path=str(tmp_path), download_models=True)
    for settings in (EngineSettings(model_path=str(tmp_path)), wanted):
        for ask in (check, make):
            with pytest.raises(NotHere, match="COQUI_TOS_AGREED"):
                ask(settings)
    monkeypatch.setenv("COQUI_TOS_AGREED", "1")
    assert check(wanted).model == "xtts-v2"


def test_hindi_digits_are_named() -> None:
    assert readable("मेरे पास 14 आम", "hi") == "मेरे पास एक चार आम"
    assert readable("७", "hi") == "सात"
    assert readable("14", "es") == "14"


def test_a_recording_is_read_at_its_rate(tmp_path: Path) -> None:
    samples, rate_hz = read_recording(recording(tmp_path / "voice.wav", 0.5))
    assert (len(samples), rate_hz, samples.dtype.name) == (8_000, 16_000, "float32")
    assert 0.2 < np.abs(samples).max() <= 1
    for content in (b"", b"no recording", b"RIFF\x24\x00\x00\x00WAVEfmt "):
        (tmp_path / "broken.wav").write_bytes(content)
        with pytest.raises(Unreadable):
            read_recording(tmp_path / "broken.wav")


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_recording_of_any_usual_width_is_read_by_its_first_channel(tmp_path: Path, width: int) -> None:
    half, least = 2 ** (8 * width - 2), -(2 ** (8 * width - 1))
    with wave.open(str(tmp_path / "wide.wav"), "wb") as file:
        file.setparams((2, width, 48_000, 0, "NONE", ""))
        for left in (half, least):
            file.writeframes(left.to_bytes(width, "little", signed=True) + bytes(width))
    samples, rate_hz = read_recording(tmp_path / "wide.wav")
    assert (samples.tolist(), rate_hz) == ([0.5, -1.0], 48_000)


def test_a_recording_of_eight_bits_is_not_read(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "narrow.wav"), "wb") as file:
        file.setparams((1, 1, 48_000, 0, "NONE", ""))
        file.writeframes(bytes(100))
    with pytest.raises(Unreadable):
        read_recording(tmp_path / "narrow.wav")
