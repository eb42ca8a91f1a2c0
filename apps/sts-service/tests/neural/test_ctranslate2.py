"""CTranslate2, the real one, on models that give back what went in."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from dubbing_protocol import ErrorCode
from sts_service.engines import EngineError, EngineSettings, NotHere
from sts_service.translation.ct2_models import NLLB_CODES, recognise
from sts_service.translation.ctranslate2 import LONGEST_PIECE, SPEC, CTranslate2, check, make

from neural import tiny_translation, tiny_whisper

SENTENCE = "The president will meet leaders."


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model of each kind."""
    root = tmp_path_factory.mktemp("translation")
    tiny_translation.opus(root / "opus-mt-en-es")
    tiny_translation.nllb(root / "nllb-200-distilled-600M")
    tiny_translation.madlad(root / "madlad400-3b-mt")
    return root


def with_models(shelf: Path, root: Path, *names: str) -> EngineSettings:
    for name in names:
        shutil.copytree(shelf / name, root / name)
    return EngineSettings(model_path=str(root))


def engine(settings: EngineSettings) -> CTranslate2:
    made = make(settings)
    assert isinstance(made, CTranslate2)
    return made


async def test_a_sentence_goes_through_the_model_and_its_pieces(shelf: Path, tmp_path: Path) -> None:
    translator = engine(with_models(shelf, tmp_path, "opus-mt-en-es"))
    assert (await translator.translate(SENTENCE, "en", "es", "before")).text == SENTENCE
    assert (await translator.translate(SENTENCE, "en-GB", "es-419", "")).text == SENTENCE


async def test_of_five_thousand_characters_nothing_is_lost(shelf: Path, tmp_path: Path) -> None:
    translator = engine(with_models(shelf, tmp_path, "opus-mt-en-es"))
    sentences = " ".join([SENTENCE, "The hospital will open its doors in January!"] * 66)
    endless = "the president and the hospital " * 160
    for text in (sentences, endless.strip()):
        assert len(text) > 4900
        assert (await translator.translate(text, "en", "es", "")).text == text


async def test_each_kind_of_model_is_told_the_languages_in_its_own_way(shelf: Path, tmp_path: Path) -> None:
    nllb = engine(with_models(shelf, tmp_path / "a", "nllb-200-distilled-600M"))
    assert (await nllb.translate(SENTENCE, "en", "fr", "")).text == SENTENCE
    [loaded] = nllb._models
    assert loaded.encode("a", "en", "fr")[0] == "eng_Latn"

    madlad = engine(with_models(shelf, tmp_path / "b", "madlad400-3b-mt"))
    # The copying model gives back the tag as well.
    assert (await madlad.translate(SENTENCE, "en", "de", "")).text == f"<2de> {SENTENCE}"


async def test_nllb_is_made_to_begin_with_the_target_language(shelf: Path, tmp_path: Path) -> None:
    nllb = engine(with_models(shelf, tmp_path, "nllb-200-distilled-600M"))
    [loaded] = nllb._models
    asked: list[dict[str, Any]] = []

    class Asked:
        def translate_batch(self, batch: Any, **options: Any) -> Any:
            asked.append(options)
            return loaded.translator.translate_batch(batch, **options)

    nllb._models = [
        type(loaded)(loaded.model, Asked(), loaded.source_pieces, loaded.target_pieces, loaded.adds_end)
    ]
    await nllb.translate(f"{SENTENCE} {SENTENCE}", "en", "es", "")
    assert asked[0]["target_prefix"] == [["spa_Latn"], ["spa_Latn"]]


@pytest.mark.parametrize("text", ["Привет, мир! 你好。", "…", "", "  \n", "x", "¿¡?!", "\x00\x07"])
async def test_any_text_has_an_answer(shelf: Path, tmp_path: Path, text: str) -> None:
    translator = engine(EngineSettings(model_path=str(shelf)))
    for target in ("es", "fr", "de"):
        assert isinstance((await translator.translate(text, "en", target, "")).text, str)


async def test_a_pair_that_no_model_knows_is_refused(shelf: Path, tmp_path: Path) -> None:
    translator = engine(with_models(shelf, tmp_path, "opus-mt-en-es"))
    for source, target in (("es", "en"), ("en", "ja")):
        with pytest.raises(EngineError) as refused:
            await translator.translate(SENTENCE, source, target, "")
        assert refused.value.code == ErrorCode.UNSUPPORTED_LANGUAGE


def test_the_offer_is_what_the_folders_know(shelf: Path, tmp_path: Path) -> None:
    one = check(with_models(shelf, tmp_path / "one", "opus-mt-en-es"))
    assert one.pairs == (("en", "es"),)
    many = check(EngineSettings(model_path=str(shelf)))
    assert many.model == "opus-mt-en-es, madlad400-3b-mt, nllb-200-distilled-600M"
    assert many.sources == many.targets == ("de", "en", "es", "fr")


def test_the_quick_model_is_taken_before_the_large_ones(shelf: Path) -> None:
    kinds = [loaded.model.kind for loaded in engine(EngineSettings(model_path=str(shelf)))._models]
    assert kinds == ["opus", "madlad", "nllb"]


def test_other_models_and_half_models_are_passed_over(shelf: Path, tmp_path: Path) -> None:
    tiny_whisper.random(tmp_path / "whisper-tiny")
    half = shutil.copytree(shelf / "opus-mt-en-es", tmp_path / "opus-mt-en-fr")
    (half / "target.spm").unlink()
    shutil.copytree(shelf / "opus-mt-en-es", tmp_path / "without_languages")
    (tmp_path / "notes").mkdir()
    assert [recognise(folder) for folder in sorted(tmp_path.iterdir())] == [None] * 4
    with pytest.raises(NotHere, match="ct2-transformers-converter"):
        check(EngineSettings(model_path=str(tmp_path)))
    with pytest.raises(NotHere):
        make(EngineSettings(model_path=str(tmp_path / "nowhere")))


@pytest.mark.parametrize("file", ["model.bin", "source.spm", "config.json"])
def test_a_broken_model_is_not_here_and_is_named(shelf: Path, tmp_path: Path, file: str) -> None:
    settings = with_models(shelf, tmp_path, "opus-mt-en-es")
    (tmp_path / "opus-mt-en-es" / file).write_bytes(b"no model")
    with pytest.raises(NotHere, match="opus-mt-en-es"):
        make(settings)


async def test_a_full_gpu_is_told_and_after_freeing_it_the_engine_works_again(
    shelf: Path, tmp_path: Path
) -> None:
    translator = engine(with_models(shelf, tmp_path, "opus-mt-en-es"))
    whole = translator._models

    class Full:
        def translate_batch(self, *_: Any, **__: Any) -> Any:
            raise RuntimeError("CUDA failed with error out of memory")

    [loaded] = whole
    translator._models = [
        type(loaded)(loaded.model, Full(), loaded.source_pieces, loaded.target_pieces, False)
    ]
    with pytest.raises(EngineError) as told:
        await translator.translate(SENTENCE, "en", "es", "")
    assert told.value.code == ErrorCode.GPU_OOM
    translator._models = whole
    translator.free_memory()
    assert (await translator.translate(SENTENCE, "en", "es", "")).text == SENTENCE
    await translator.close()
    assert not loaded.translator.model_is_loaded


def test_no_piece_is_longer_than_the_model_has_room_for(shelf: Path) -> None:
    [opus, *_] = engine(EngineSettings(model_path=str(shelf)))._models
    # Letters that the pieces know count for little, those that they do not for one each.
    for text in ("the president " * 100 + "ж" * 900, "ж" * 2000, SENTENCE * 50):
        parts = opus.cut(text)
        assert "".join(parts).replace(" ", "") == text.replace(" ", "")
        assert max(len(opus.source_pieces.encode(part)) for part in parts) <= LONGEST_PIECE


def test_a_model_that_appends_the_end_itself_is_not_given_one(shelf: Path, tmp_path: Path) -> None:
    settings = with_models(shelf, tmp_path, "opus-mt-en-es")
    config = tmp_path / "opus-mt-en-es/config.json"
    [plain] = engine(settings)._models
    assert plain.encode(SENTENCE, "en", "es")[-1] == "</s>"
    config.write_text(config.read_text().replace('"add_source_eos": false', '"add_source_eos": true'))
    [appending] = engine(settings)._models
    assert appending.encode(SENTENCE, "en", "es")[-1] != "</s>"


def test_the_card_tells_the_licences() -> None:
    assert "NC" in (SPEC.card.weights_licence or "")
    assert len(set(NLLB_CODES)) == len(NLLB_CODES)
