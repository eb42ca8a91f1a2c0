"""Whisper models of the real shapes and of random weights, written in CTranslate2's format: they babble.

For tests and benchmarks: what a model costs goes by its shape alone. Needs `sts-service[whisper]`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Weights: TypeAlias = Callable[..., npt.NDArray[np.float32]]
"""Of the wanted sizes."""

FRAMES = 1500
"""Of the encoder, 20 ms each."""
POSITIONS = 448
"""Of the decoder."""


@dataclass(frozen=True)
class Shape:
    width: int
    heads: int
    layers: int
    inner: int
    """Of the feed-forward part."""
    mels: int = 80


SHAPES = {
    "tiny": Shape(384, 6, 4, 1536),
    "base": Shape(512, 8, 6, 2048),
    "small": Shape(768, 12, 12, 3072),
    "medium": Shape(1024, 16, 24, 4096),
}
WORDS = 50_000
"""As many as those know, about."""


def random(folder: Path, shape: Shape, *, words: int = WORDS, seed: int = 0) -> Path:
    """A model of that shape; what it hears is never the same and never ends."""
    chance = np.random.default_rng(seed).standard_normal(1 << 16, dtype=np.float32) * np.float32(0.05)

    def noise(*sizes: int) -> npt.NDArray[np.float32]:
        # The same numbers over and over: to draw a billion would take longer than what is to be measured.
        return np.resize(chance, sizes)

    tokens = vocabulary(folder, [f"Ġw{number}" for number in range(words)])
    return save(folder, specification(shape, tokens, noise), tokens, shape)


def languages() -> list[str]:
    """Their codes, in Whisper's order."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    return [code for code in _LANGUAGE_CODES if code != "yue"]


def timestamp(second: float) -> str:
    return f"<|{round(second / 0.02) * 0.02:.2f}|>"


def vocabulary(folder: Path, words: list[str]) -> list[str]:
    """Writes the tokenizer. The order of the control tokens is the one that Whisper's readers count on."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    # The empty token is how CTranslate2 tells a model of many languages.
    text = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *words, ""]
    control = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in languages())]
    control += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
    control += ["<|notimestamps|>"]
    times = [timestamp(at * 0.02) for at in range(FRAMES + 1)]
    tokenizer = Tokenizer(models.BPE(vocab={token: at for at, token in enumerate(text)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(control)
    tokenizer.add_tokens([AddedToken(token, special=False) for token in times])
    tokenizer.save(str(folder / "tokenizer.json"))
    return text + control + times


def specification(shape: Shape, tokens: list[str], weights: Weights) -> Any:
    from ctranslate2.specs import WhisperSpec

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
    spec.decoder.position_encodings.encodings = weights(POSITIONS, width)
    spec.decoder.embeddings.weight = weights(len(tokens), width)
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


def save(folder: Path, spec: Any, tokens: list[str], shape: Shape) -> Path:
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.index("<|endoftext|>")]
    spec.config.lang_ids = [tokens.index(f"<|{code}|>") for code in languages()]
    spec.config.alignment_heads = [[shape.layers // 2, 0]]
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    hearing = {"feature_size": shape.mels, "hop_length": 160, "n_fft": 400, "sampling_rate": 16000}
    (folder / "preprocessor_config.json").write_text(json.dumps({"chunk_length": 30, **hearing}))
    return folder
