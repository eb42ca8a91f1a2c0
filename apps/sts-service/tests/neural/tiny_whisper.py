"""Whisper models of a megabyte, written straight in CTranslate2's format.

`scripted` says what it is told: a token's embedding is one number, its own, and the output layer leads from
it to the token that follows, whatever came before. Its cross attention looks at the moment at which a word is
said, so that the times of words are real too. `random` has the shape of a real model, and babbles.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sts_service.testing import random_whisper
from sts_service.testing.random_whisper import FRAMES, Shape, save, specification, timestamp, vocabulary

WIDTH = 64
SHAPE = Shape(WIDTH, heads=2, layers=1, inner=WIDTH)


def scripted(
    folder: Path,
    words: Sequence[tuple[str, float]],
    *,
    end_s: float = 5.5,
    certainty: float = 3.0,
    forever: bool = False,
) -> Path:
    """A model that hears the words, each once and at its second; `forever`: again and again."""
    said = ["Ġ" + word for word, _ in words]
    tokens = vocabulary(folder, sorted(set(said)))
    chain = ["<|transcribe|>", "<|0.00|>", *said]
    chain += said[:1] if forever else [timestamp(end_s), "<|endoftext|>"]
    following = [*itertools.pairwise(chain), ("<|notimestamps|>", said[0])]
    bounds_s = [*(at_s for _, at_s in words), end_s]
    # While a token is read, the next one's middle is looked at.
    middles_s = [(bounds_s[at] + bounds_s[at + 1]) / 2 for at in range(len(words))] + [end_s]
    looks_at_s = dict(zip(said, middles_s[1:], strict=True))
    looks_at_s |= {"<|0.00|>": middles_s[0], "<|notimestamps|>": middles_s[0]}

    spec = specification(SHAPE, tokens, lambda *sizes: np.zeros(sizes, np.float32))
    embeddings = np.zeros((len(tokens), WIDTH), np.float32)
    projection = np.zeros((len(tokens), WIDTH), np.float32)
    query = np.zeros((WIDTH, WIDTH), np.float32)
    for own, (token, follower) in enumerate(dict(following).items()):
        embeddings[tokens.index(token), own] = 1
        projection[tokens.index(follower), own] = certainty
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
    return save(folder, spec, tokens, SHAPE)


def random(folder: Path, shape: Shape | None = None) -> Path:
    """A model that babbles."""
    return random_whisper.random(folder, shape or Shape(width=32, heads=2, layers=2, inner=64), words=40)
