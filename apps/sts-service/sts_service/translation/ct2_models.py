"""Translation models in CTranslate2's format under `MODEL_PATH`, told apart by their files."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sts_service.engines import EngineSettings
from sts_service.engines.model_files import folders

Kind = Literal["opus", "madlad", "nllb"]

_PAIR = re.compile(r"(?:^|[-_])([a-z]{2,3})[-_]([a-z]{2,3})$")
"""The end of an OPUS-MT folder's name: its files do not say their languages."""
_MADLAD_TAG = re.compile(r"<2([a-z]{2,3})>")
_ONE_MODEL = ("sentencepiece.bpe.model", "sentencepiece.model", "spiece.model")
_VOCABULARY = ("shared_vocabulary.json", "shared_vocabulary.txt")

_NLLB_CODES = """
    af afr_Latn ar arb_Arab bg bul_Cyrl bn ben_Beng ca cat_Latn cs ces_Latn cy cym_Latn da dan_Latn
    de deu_Latn el ell_Grek en eng_Latn es spa_Latn et est_Latn eu eus_Latn fa pes_Arab fi fin_Latn
    fr fra_Latn ga gle_Latn gl glg_Latn he heb_Hebr hi hin_Deva hr hrv_Latn hu hun_Latn hy hye_Armn
    id ind_Latn is isl_Latn it ita_Latn ja jpn_Jpan ka kat_Geor kk kaz_Cyrl ko kor_Hang lt lit_Latn
    lv lvs_Latn mk mkd_Cyrl ms zsm_Latn mt mlt_Latn nb nob_Latn nl nld_Latn no nob_Latn pl pol_Latn
    pt por_Latn ro ron_Latn ru rus_Cyrl sk slk_Latn sl slv_Latn sq als_Latn sr srp_Cyrl sv swe_Latn
    sw swh_Latn ta tam_Taml te tel_Telu th tha_Thai tl tgl_Latn tr tur_Latn uk ukr_Cyrl ur urd_Arab
    vi vie_Latn zh zho_Hans
"""
NLLB_CODES = dict(re.findall(r"(\w+) (\w+)", _NLLB_CODES))
"""What NLLB calls the languages."""


@dataclass(frozen=True, slots=True)
class TranslationModel:
    folder: Path
    kind: Kind
    source_pieces: str
    """The sentencepiece model's file for the source."""
    target_pieces: str
    pair: tuple[str, str] | None = None
    """Of an OPUS-MT model."""
    languages: tuple[str, ...] = ()
    """Of a model for many: from each of them into each of them."""

    def serves(self, source: str, target: str) -> bool:
        if self.pair is not None:
            return (source, target) == self.pair
        return source != target and source in self.languages and target in self.languages


def on_disk(settings: EngineSettings) -> list[TranslationModel]:
    """The best for live use first: OPUS-MT is quick, and NLLB's licence forbids broadcasters to use it."""
    found = [model for folder in folders(settings) if (model := recognise(folder)) is not None]
    order: tuple[Kind, ...] = ("opus", "madlad", "nllb")
    return sorted(found, key=lambda model: (order.index(model.kind), model.folder.name))


def recognise(folder: Path) -> TranslationModel | None:
    """None where it is some other model, or not whole."""
    if not (folder / "model.bin").is_file():
        return None
    if (folder / "source.spm").is_file() and (folder / "target.spm").is_file():
        pair = _PAIR.search(folder.name)
        if pair is None:
            return None
        return TranslationModel(folder, "opus", "source.spm", "target.spm", (pair[1], pair[2]))
    spm = next((name for name in _ONE_MODEL if (folder / name).is_file()), None)
    words = next((folder / name for name in _VOCABULARY if (folder / name).is_file()), None)
    if spm is None or words is None:
        return None
    # Some megabytes. Parsing them takes a hundred times as long as looking for the languages' tags in them.
    vocabulary = words.read_text(encoding="utf-8", errors="replace")
    if "eng_Latn" in vocabulary:
        known = tuple(code for code, name in NLLB_CODES.items() if f'"{name}"' in vocabulary)
        return TranslationModel(folder, "nllb", spm, spm, languages=known)
    if tags := set(_MADLAD_TAG.findall(vocabulary)):
        return TranslationModel(folder, "madlad", spm, spm, languages=tuple(sorted(tags)))
    return None
