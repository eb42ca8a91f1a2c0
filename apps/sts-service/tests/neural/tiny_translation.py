"""Translation models of a megabyte, in CTranslate2's format, with real sentencepiece models.

They give each token back, so that a test sees what went in: a token's embedding is one number of its own, a
position's another, and the decoder's attention looks at the source's token of its own position.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
from ctranslate2.specs import TransformerSpec

TOKENS = 192
POSITIONS = 192
"""As many as the engine puts into one piece, and some."""
WIDTH = TOKENS + POSITIONS
CORPUS = (
    "The president will meet European leaders in Paris on Monday.",
    "The hospital will open its doors in January, and so will the school.",
    "Scientists have discovered a new species of fish in the Pacific ocean.",
    "Our team is winning by two goals to one!",
    "El presidente se reune con los lideres europeos en Paris el lunes.",
    "El hospital abre sus puertas en enero, y la escuela tambien.",
)
NLLB_TAGS = ("eng_Latn", "spa_Latn", "fra_Latn")
MADLAD_TAGS = ("<2en>", "<2es>", "<2de>")


def opus(folder: Path) -> Path:
    """A folder like one that is converted from OPUS-MT."""
    folder.mkdir(parents=True)
    for name in ("source.spm", "target.spm"):
        (folder / name).write_bytes(_pieces())
    return _save(folder, _tokens([]))


def nllb(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "sentencepiece.bpe.model").write_bytes(_pieces())
    return _save(folder, _tokens(list(NLLB_TAGS)))


def madlad(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "spiece.model").write_bytes(_pieces())
    return _save(folder, _tokens(list(MADLAD_TAGS)))


def _pieces() -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 3),
        model_writer=model,
        vocab_size=120,
        model_type="unigram",
        character_coverage=1.0,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


def _tokens(tags: list[str]) -> list[str]:
    pieces = sentencepiece.SentencePieceProcessor(model_proto=_pieces())
    words = [pieces.id_to_piece(at) for at in range(pieces.get_piece_size())]
    return ["<unk>", "<s>", "</s>", *tags, *(word for word in words if word not in ("<unk>", "<s>", "</s>"))]


def _save(folder: Path, vocabulary: list[str]) -> Path:
    spec = _spec(vocabulary)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.decoder_start_token = "</s>"
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    return folder


def _spec(vocabulary: list[str]) -> Any:
    def norm(part: Any) -> None:
        part.gamma = np.ones(WIDTH, np.float32)
        part.beta = np.zeros(WIDTH, np.float32)

    def linear(part: Any, outs: int) -> None:
        part.weight = np.zeros((outs, WIDTH), np.float32)
        part.bias = np.zeros(outs, np.float32)

    embeddings = np.eye(len(vocabulary), WIDTH, dtype=np.float32)
    where = np.zeros((512, WIDTH), np.float32)
    where[:POSITIONS, TOKENS:] = np.eye(POSITIONS)
    spec: Any = TransformerSpec.from_config((1, 1), 1, pre_norm=True)
    for stack in (spec.encoder, spec.decoder):
        stack.scale_embeddings = False
        table = stack.embeddings[0] if isinstance(stack.embeddings, list) else stack.embeddings
        table.weight = embeddings
        stack.position_encodings.encodings = where
        norm(stack.layer_norm)
        for layer in stack.layer:
            norm(layer.self_attention.layer_norm)
            linear(layer.self_attention.linear[0], 3 * WIDTH)
            linear(layer.self_attention.linear[1], WIDTH)
            norm(layer.ffn.layer_norm)
            linear(layer.ffn.linear_0, WIDTH)
            linear(layer.ffn.linear_1, WIDTH)
    for layer in spec.decoder.layer:
        query, source, out = layer.attention.linear
        norm(layer.attention.layer_norm)
        linear(query, WIDTH)
        linear(source, 2 * WIDTH)
        linear(out, WIDTH)
        query.weight[TOKENS:, TOKENS:] = 10 * np.eye(POSITIONS)
        source.weight[TOKENS:WIDTH, TOKENS:] = np.eye(POSITIONS)
        source.weight[WIDTH : WIDTH + TOKENS, :TOKENS] = np.eye(TOKENS)
        # Louder than the token before, which is still there.
        out.weight[:TOKENS, :TOKENS] = 10 * np.eye(TOKENS)
    spec.decoder.projection.weight = embeddings
    spec.decoder.projection.bias = np.zeros(len(vocabulary), np.float32)
    return spec
