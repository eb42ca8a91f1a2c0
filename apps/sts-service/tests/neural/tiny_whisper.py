"""Whisper models of a megabyte, written straight in CTranslate2's format.

`scripted` says what it is told: a token's embedding is one number, its own, and the output layer leads from
it to the token that follows, whatever came before. Its cross attention looks at the moment at which a word is
said, so that the times of words are real too. `random` has the shape of a real model, and babbles.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ctranslate2.specs import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

Array = npt.NDArray[np.float32]

WIDTH = 64
FRAMES = 1500
"""Of the encoder, 20 ms each."""
LANGUAGES = [code for code in _LANGUAGE_CODES if code != "yue"]


@dataclass(frozen=True)
class Shape:
    width: int = WIDTH
    heads: int = 2
    layers: int = 1
    inner: int = WIDTH
    mels: int = 80


def scripted(
    folder: Path,
    words: Sequence[tuple[str, float]],
    *,
    end_s: float = 5.5,
    certainty: float = 3.0,
    forever: bool = False,
) -> Path:
    """A model that hears the words, each once and at its second; `forever`: again and again."""
    tokens = ["Ġ" + word for word, _ in words]
    vocabulary = _vocabulary(folder, sorted(set(tokens)))
    chain = ["<|transcribe|>", "<|0.00|>", *tokens]
    chain += tokens[:1] if forever else [_timestamp(end_s), "<|endoftext|>"]
    following = [*itertools.pairwise(chain), ("<|notimestamps|>", tokens[0])]
    bounds_s = [*(at_s for _, at_s in words), end_s]
    # While a token is read, the next one's middle is looked at.
    middles_s = [(bounds_s[at] + bounds_s[at + 1]) / 2 for at in range(len(words))] + [end_s]
    looks_at_s = dict(zip(tokens, middles_s[1:], strict=True))
    looks_at_s |= {"<|0.00|>": middles_s[0], "<|notimestamps|>": middles_s[0]}

    spec = _spec(Shape(), vocabulary, lambda *sizes: np.zeros(sizes, np.float32))
    embeddings = np.zeros((len(vocabulary), WIDTH), np.float32)
    projection = np.zeros((len(vocabulary), WIDTH), np.float32)
    query = np.zeros((WIDTH, WIDTH), np.float32)
    for own, (token, follower) in enumerate(dict(following).items()):
        embeddings[vocabulary.index(token), own] = 1
        projection[vocabulary.index(follower), own] = certainty
        angle = np.pi * looks_at_s.get(token, 0.0) / 30
        query[:2, own] = 2000 * np.cos(angle), 2000 * np.sin(angle)
    spec.decoder.embeddings.weight = embeddings
    spec.decoder.projection.weight = projection

    angles = np.linspace(0, np.pi, FRAMES)
    when = np.zeros((FRAMES, WIDTH), np.float32)
    # The layer norm takes the mean away: with its negative beside it, it stays as it is.
    when[:, :4] = np.stack([np.cos(angles), np.sin(angles), -np.cos(angles), -np.sin(angles)], axis=1)
    spec.encoder.position_encodings.encodings = when
    for layer in spec.decoder.layer:
        layer.attention.linear[0].weight = query
        layer.attention.linear[1].weight[:2, :2] = np.eye(2)
    return _save(folder, spec, vocabulary, Shape())


def random(folder: Path, shape: Shape | None = None, *, words: int = 40, seed: int = 0) -> Path:
    """A model of that shape; what it hears is never the same and never ends."""
    shape = shape or Shape(width=32, layers=2)
    rng = np.random.default_rng(seed)

    def noise(*sizes: int) -> Array:
        return rng.standard_normal(sizes, dtype=np.float32) * np.float32(0.05)

    vocabulary = _vocabulary(folder, [f"Ġw{number}" for number in range(words)])
    return _save(folder, _spec(shape, vocabulary, noise), vocabulary, shape)


def _timestamp(second: float) -> str:
    return f"<|{round(second / 0.02) * 0.02:.2f}|>"


def _vocabulary(folder: Path, words: list[str]) -> list[str]:
    """Writes the tokenizer. The order of the control tokens is the one that Whisper's readers count on."""
    folder.mkdir(parents=True, exist_ok=True)
    # The empty token is how CTranslate2 tells a model of many languages.
    text = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *words, ""]
    control = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in LANGUAGES)]
    control += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    control += ["<|notimestamps|>"]
    times = [_timestamp(at * 0.02) for at in range(FRAMES + 1)]
    tokenizer = Tokenizer(models.BPE(vocab={token: at for at, token in enumerate(text)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(control)
    tokenizer.add_tokens([AddedToken(token, special=False) for token in times])
    tokenizer.save(str(folder / "tokenizer.json"))
    return text + control + times


def _spec(shape: Shape, vocabulary: list[str], weights: Any) -> Any:
    width, inner = shape.width, shape.inner
    spec: Any = WhisperSpec(shape.layers, shape.heads, shape.layers, shape.heads)

    def norm(part: Any) -> None:
        part.gamma = np.ones(width, np.float32)
        part.beta = np.zeros(width, np.float32)

    def linear(part: Any, outs: int, ins: int) -> None:
        part.weight = weights(outs, ins)
        part.bias = np.zeros(outs, np.float32)

    for conv, ins in ((spec.encoder.conv1, shape.mels), (spec.encoder.conv2, width)):
        conv.weight = weights(width, ins, 3)
        conv.bias = np.zeros(width, np.float32)
    spec.encoder.position_encodings.encodings = weights(FRAMES, width)
    spec.decoder.position_encodings.encodings = weights(448, width)
    spec.decoder.embeddings.weight = weights(len(vocabulary), width)
    spec.decoder.projection.weight = spec.decoder.embeddings.weight
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm)
    for layer in [*spec.encoder.layer, *spec.decoder.layer]:
        norm(layer.self_attention.layer_norm)
        linear(layer.self_attention.linear[0], 3 * width, width)
        linear(layer.self_attention.linear[1], width, width)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, inner, width)
        linear(layer.ffn.linear_1, width, inner)
    for layer in spec.decoder.layer:
        norm(layer.attention.layer_norm)
        linear(layer.attention.linear[0], width, width)
        linear(layer.attention.linear[1], 2 * width, width)
        linear(layer.attention.linear[2], width, width)
    return spec


def _save(folder: Path, spec: Any, vocabulary: list[str], shape: Shape) -> Path:
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [vocabulary.index("<|endoftext|>")]
    spec.config.lang_ids = [vocabulary.index(f"<|{code}|>") for code in LANGUAGES]
    spec.config.alignment_heads = [[shape.layers // 2, 0]]
    spec.register_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    hearing = {"feature_size": shape.mels, "hop_length": 160, "n_fft": 400, "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps({"chunk_length": 30, **hearing}))
    return folder
