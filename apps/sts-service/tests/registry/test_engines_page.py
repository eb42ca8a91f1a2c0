"""The tables of docs/engines.md say what the engines' cards say."""

import re
from pathlib import Path

import pytest
from dubbing_protocol.model import Stage
from sts_service.asr.whisper_models import languages
from sts_service.engines.registry import STAGES, find
from sts_service.translation import deepl_languages
from sts_service.tts import elevenlabs, kokoro, xtts_model

PAGE = (Path(__file__).resolve().parents[4] / "docs/engines.md").read_text()
TITLES: dict[Stage, str] = {"asr": "Speech to text", "translation": "Translation", "tts": "Text to speech"}


def rows(stage: Stage) -> dict[str, list[str]]:
    """The cells of the stage's table after the engine's name, by it."""
    section = PAGE.partition(f"\n## {TITLES[stage]}\n")[2].partition("\n## ")[0]
    table = section.partition("| engine |")[2].partition("\n\n")[0]
    lines = [re.split(r" *\| *", line.strip("|")) for line in table.splitlines()[2:]]
    return {cells[0].strip(" `"): cells[1:] for cells in lines}


@pytest.mark.parametrize("stage", STAGES)
def test_each_engine_is_told_of_as_its_card_does(stage: Stage) -> None:
    cards = {name: spec.card for name, spec in find(stage).items()}
    said = {
        name: (kind, needs, code, weights or None)
        for name, (kind, needs, code, weights, *_) in rows(stage).items()
    }
    assert said == {
        name: (card.kind, card.needs, card.code_licence, card.weights_licence) for name, card in cards.items()
    }


@pytest.mark.parametrize(
    ("stage", "engine", "count"),
    [
        ("asr", "faster-whisper", len(languages("medium"))),
        ("translation", "deepl", len(deepl_languages.LANGUAGES)),
        ("tts", "xtts", len(xtts_model.LANGUAGES)),
        ("tts", "elevenlabs", len(elevenlabs.LANGUAGES)),
        ("tts", "kokoro", len(set(kokoro.LANGUAGE_OF.values()))),
    ],
)
def test_the_number_of_languages_is_the_engines(stage: Stage, engine: str, count: int) -> None:
    assert rows(stage)[engine][-1].split(",")[0].strip() == str(count)


def test_every_engine_is_described_and_every_extra_named() -> None:
    described = set(re.findall(r"^\*\*([a-z0-9-]+)\*\*", PAGE, re.MULTILINE)) | {"piper", "identity"}
    assert described >= {name for stage in STAGES for name in find(stage)}
