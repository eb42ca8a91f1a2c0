"""`python -m sts_service.bench quality`: a folder of recordings in, word error rate, BLEU and chrF out."""

import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from speech import RATE_HZ, UNSEEN, join, say
from sts_service.audio import Clip
from sts_service.bench.__main__ import run
from sts_service.bench.dubbing import Dubbed, Outcome, fragments
from sts_service.bench.recordings import Recording, WrongSet, recordings
from sts_service.bench.report import as_json, table
from sts_service.bench.scores import scores, words

SPOKEN = {
    "teams": (UNSEEN[5], "Los dos equipos se encuentran otra vez el sábado delante de sesenta mil personas."),
    "tunnel": (UNSEEN[4], None),
}


def write_wav(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ, width: int = 2) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1] if samples.ndim == 2 else 1)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes((samples * 32767).astype("<i2").tobytes() * (width // 2 or 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, (text, translation) in SPOKEN.items():
        write_wav(tmp_path / f"{name}.wav", say(text))
        (tmp_path / f"{name}.txt").write_text(text)
        if translation:
            (tmp_path / f"{name}.es.txt").write_text(translation)
    (tmp_path / "README.md").write_text("not a recording")
    return tmp_path


@pytest.mark.timeout(150)
def test_generated_speech_is_scored_by_the_stages_of_the_service(folder: Path) -> None:
    command = [sys.executable, "-m", "sts_service.bench", "quality", "--set", str(folder), "--json"]
    engines = ["--asr-engine=pocketsphinx", "--translation-engine=apertium", "--tts-engine=tone"]
    patience = ["--asr-timeout-ms=60000"]
    done = subprocess.run([*command, *engines, *patience], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["engines"]["asr"] == "pocketsphinx (en-us)"
    assert list(told["engines"]) == ["asr", "translation", "tts"]
    assert [each["name"] for each in told["recordings"]] == ["teams", "tunnel"]
    assert told["all"]["words"] == sum(len(text.split()) for text, _ in SPOKEN.values())
    assert told["all"]["word_error_rate"] <= 0.15
    teams, tunnel = told["recordings"]
    assert 10 < teams["bleu"] <= 100
    assert 40 < teams["chrf"] <= 100
    assert (tunnel["bleu"], tunnel["chrf"]) == (None, None)
    assert told["all"]["bleu"] == pytest.approx(teams["bleu"]), "only what has a reference counts"
    assert teams["translation"].startswith("Los dos equipos")


def dubbed(said: str, heard: str, reference: str | None = None, translation: str = "") -> Dubbed:
    recording = Recording("r", Path("r.wav"), said, reference)
    return Dubbed(recording, 2.0, heard, translation, 1, (), 0.5)


def test_case_and_punctuation_are_no_errors() -> None:
    assert words("It’s 6 o'clock -- \"Good\" evening, e-mail.") == [
        "it's", "6", "o'clock", "good", "evening", "e", "mail",
    ]  # fmt: skip
    assert scores([dubbed("good evening it's late", "Good evening: it’s late!")]).word_error_rate == 0


def test_every_word_counts_the_same_whichever_recording_it_is_in() -> None:
    one, other = dubbed("a b c d e f g h", "a b c d e f g h"), dubbed("one two", "one too three")
    assert scores([other]).word_error_rate == pytest.approx(1.0)
    both = scores([one, other])
    assert (both.words, both.wrong, both.lost, both.added) == (10, 1, 0, 1)
    assert both.word_error_rate == pytest.approx(0.2)
    assert scores([dubbed("one two", "")]).lost == 2


def test_a_translation_is_scored_against_its_reference() -> None:
    text = "El hospital abre sus puertas en enero."
    right = scores([dubbed("a", "a", text, text)])
    assert right.bleu is not None
    assert right.chrf is not None
    assert (round(right.bleu), round(right.chrf)) == (100, 100)
    wrong = scores([dubbed("a", "a", text, "La casa es grande y verde.")])
    assert wrong.bleu is not None
    assert wrong.bleu < 10
    none = scores([dubbed("a", "a")])
    assert (none.bleu, none.chrf) == (None, None)


def test_the_table_has_a_row_a_recording_and_one_of_all() -> None:
    failed = Dubbed(Recording("long name", Path("x.wav"), "a b", None), 3.0, "a", "", 2, ("TIMEOUT",), 1.0)
    outcome = Outcome((dubbed("one two", "one two", "uno dos", "uno dos"), failed), {"asr": "x (y)"})
    headings, rule, first, second, both, _, engines = table(outcome).splitlines()
    assert headings.split()[:3] == ["recording", "seconds", "words"]
    assert set(rule) == {"-", " "}
    assert first.split()[:4] == ["r", "2.0", "2", "0.0"]
    assert second.split()[-3:] == ["1", "of", "2"]
    assert both.split()[:4] == ["all", "5.0", "4", "25.0"]
    assert engines == "engines: asr x (y)"
    assert json.loads(as_json(outcome))["all"]["unfinished"] == ["TIMEOUT"]


def test_a_recording_goes_out_whole_in_fragments_of_one_length(tmp_path: Path) -> None:
    sound = join([say(UNSEEN[0]), say(UNSEEN[1])])
    clip = Clip(sound[:, np.newaxis], RATE_HZ)
    sent = fragments(clip, "s", 2.0)
    lengths = [each.audio.samples for each in sent]
    assert set(lengths[:-1]) == {2 * RATE_HZ}
    data = b"".join(each.audio.data or b"" for each in sent)
    heard = np.frombuffer(data, "<i2") / 32768
    assert np.allclose(heard[: len(sound)], sound, atol=1e-4)
    assert len(heard) == len(sound) + RATE_HZ // 2
    assert not heard[len(sound) :].any()
    starts = [each.metadata.pts_ns for each in sent if each.metadata]
    assert starts == [2_000_000_000 * number for number in range(len(sent))]


def test_a_wav_of_any_rate_and_channels_is_read(tmp_path: Path) -> None:
    stereo = np.stack([say(UNSEEN[0]), 0.5 * say(UNSEEN[0])], axis=1)
    write_wav(tmp_path / "a.wav", stereo, 44_100)
    (tmp_path / "a.txt").write_text("\ufeffwhat  is\nsaid\n", "utf-8")
    (only,) = recordings(tmp_path, "es")
    assert (only.name, only.transcript, only.translation) == ("a", "what is said", None)
    clip = only.clip()
    assert (clip.rate_hz, clip.channels, clip.length) == (44_100, 2, len(stereo))
    assert np.allclose(clip.samples, stereo, atol=1e-4)


def test_a_folder_that_is_wrong_is_told_by_the_files_name(tmp_path: Path) -> None:
    def wrong() -> str:
        with pytest.raises(WrongSet) as found:
            [each.clip() for each in recordings(tmp_path, "es")]
        assert "\n" not in str(found.value)
        return str(found.value)

    assert "has no recording" in wrong()
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert wrong() == "a.wav: a.txt, which tells what is said in it, is not there"
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\xff")
    assert wrong().startswith("a.txt: cannot be read as UTF-8")
    (tmp_path / "a.txt").write_text(" \n")
    assert wrong() == "a.txt: is empty"
    (tmp_path / "a.txt").write_text("hello")
    assert wrong().startswith("a.wav: is no WAV file that can be read")
    write_wav(tmp_path / "a.wav", np.zeros(100), width=4)
    assert wrong() == "a.wav: has 32 bit samples, 16 are read"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "/nowhere/at/all"], "/nowhere/at/all: is no folder"),
        (["--asr-engine=nobody", "--set", "."], "ASR_ENGINE: nobody is no engine for asr"),
        (["--asr-engin=x", "--set", "."], "--asr-engin: no such setting"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(folder)
    assert run(["quality", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("python -m sts_service.bench: ")
    assert said in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("name", ["jiwer", "sacrebleu"])
def test_a_scorer_that_is_not_installed_is_told_with_its_extra(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    assert run(["quality", "--set", str(folder)]) == 2
    shown = capsys.readouterr().err
    assert f"{name} is not installed: pip install 'sts-service[quality]'" in shown
    assert shown.count("\n") == 1


def test_a_language_that_no_engine_knows_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fakes = "sts_service.testing.fakes"
    engines = [f"--asr-engine={fakes}:TRANSCRIBER", "--tts-engine=tone", "--translation-engine=apertium"]
    assert run(["quality", "--set", str(folder), "--target=fi", *engines]) == 2
    assert "apertium does not know en to fi" in capsys.readouterr().err


def test_the_help_tells_the_format_of_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(["--help"])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    for told in ("NAME.wav", "NAME.txt", "NAME.es.txt", "--set", "--json", "--asr-engine"):
        assert told in shown
