"""Neural translation on this machine by CTranslate2: OPUS-MT, MADLAD-400 and NLLB models."""

import json
from dataclasses import dataclass
from typing import Any

from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.engines.card import primary
from sts_service.engines.model_files import needs_package
from sts_service.engines.native import calm_threads, failed, reload, threads, unload
from sts_service.text.pieces import pieces, sentences
from sts_service.translation import Translation, Translator
from sts_service.translation.ct2_models import NLLB_CODES, TranslationModel, on_disk

NAME = "ctranslate2"
LONGEST_PIECE = 180
"""Tokens. The models were trained on sentences, and have room for 512 positions at the least."""

_NO_SPACES = ("zh", "ja", "th")


@dataclass(frozen=True, slots=True)
class _Loaded:
    model: TranslationModel
    translator: Any
    source_pieces: Any
    target_pieces: Any
    adds_end: bool
    """The model appends the end token itself."""

    def encode(self, sentence: str, source: str, target: str) -> list[str]:
        tokens: list[str] = self.source_pieces.encode(sentence, out_type=str)
        if self.model.kind == "nllb":
            tokens = [NLLB_CODES[source], *tokens]
        elif self.model.kind == "madlad":
            tokens = [f"<2{target}>", *tokens]
        return tokens if self.adds_end else [*tokens, "</s>"]

    def cut(self, text: str) -> list[str]:
        """A sentence, or parts of one that is too long."""
        tokens = len(self.source_pieces.encode(text))
        if tokens <= LONGEST_PIECE:
            return [text]
        parts = pieces(text, max(len(text) * LONGEST_PIECE // tokens, 1))
        return [smaller for part in parts for smaller in self.cut(part)]

    def translate(self, text: str, source: str, target: str) -> str:
        parts = [part for sentence in sentences(text) for part in self.cut(sentence)]
        batch = [self.encode(part, source, target) for part in parts]
        if not batch:
            return ""
        prefix = [[NLLB_CODES[target]]] * len(batch) if self.model.kind == "nllb" else None
        results = self.translator.translate_batch(
            batch,
            target_prefix=prefix,
            beam_size=4 if self.model.kind == "opus" else 2,
            # Nothing is cut off, and a model that repeats itself comes to an end.
            max_input_length=0,
            max_decoding_length=16 + 2 * max(len(tokens) for tokens in batch),
            disable_unk=True,
        )
        skipped = 1 if prefix else 0
        said = [self.target_pieces.decode(result.hypotheses[0][skipped:]).strip() for result in results]
        return ("" if target in _NO_SPACES else " ").join(part for part in said if part)


class CTranslate2:
    def __init__(self, models: list[_Loaded]) -> None:
        self._models = models

    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        """These models take no context."""
        source, target = primary(source), primary(target)
        loaded = next((each for each in self._models if each.model.serves(source, target)), None)
        if loaded is None:
            raise EngineError(
                ErrorCode.UNSUPPORTED_LANGUAGE, f"no model here translates {source} to {target}"
            )
        try:
            return Translation(loaded.translate(text, source, target))
        except Exception as error:
            raise failed(error, ErrorCode.MODEL_ERROR, NAME) from error

    def free_memory(self) -> None:
        for each in self._models:
            reload(each.translator)

    async def close(self) -> None:
        for each in self._models:
            unload(each.translator)


def check(settings: EngineSettings) -> Offer:
    needs_package("ctranslate2", "ctranslate2")
    needs_package("sentencepiece", "ctranslate2")
    models = on_disk(settings)
    if not models:
        raise NotHere(
            "no translation model in MODEL_PATH: ct2-transformers-converter "
            "--model Helsinki-NLP/opus-mt-en-es --output_dir MODEL_PATH/opus-mt-en-es "
            "--copy_files source.spm target.spm"
        )
    names = ", ".join(model.folder.name for model in models)
    known = {code for model in models for code in model.languages}
    if not known:
        return Offer(model=names, pairs=tuple(model.pair for model in models if model.pair is not None))
    return Offer(model=names, sources=tuple(sorted(known)), targets=tuple(sorted(known)))


def make(settings: EngineSettings) -> Translator:
    check(settings)
    return CTranslate2([_load(model) for model in on_disk(settings)])


def _load(model: TranslationModel) -> _Loaded:
    calm_threads()
    import ctranslate2
    import sentencepiece

    try:
        # A small model's matrices are too small for several threads to gain anything.
        intra_threads = 1 if model.kind == "opus" else threads()
        translator = ctranslate2.Translator(
            str(model.folder), device="auto", compute_type="auto", intra_threads=intra_threads
        )
        source, target = (
            sentencepiece.SentencePieceProcessor(model_file=str(model.folder / name))
            for name in (model.source_pieces, model.target_pieces)
        )
        config = model.folder / "config.json"
        said = json.loads(config.read_text()) if config.is_file() else {}
        adds_end = bool(said.get("add_source_eos", False))
    except Exception as error:
        reason = str(error).partition("\n")[0][:200] or type(error).__name__
        raise NotHere(f"cannot load {model.folder}: {reason}") from error
    return _Loaded(model, translator, source, target, adds_end)


SPEC: EngineSpec[Translator] = EngineSpec(
    card=Card(
        name=NAME,
        stage="translation",
        kind="local",
        code_licence="MIT",
        weights_licence="OPUS-MT: CC-BY-4.0; MADLAD-400: Apache-2.0; NLLB: CC-BY-NC-4.0",
        needs="sts-service[ctranslate2] and a converted model in MODEL_PATH (OPUS-MT: 110 MB a pair)",
    ),
    check=check,
    make=make,
)
