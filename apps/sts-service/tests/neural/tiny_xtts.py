"""An XTTS v2 of random weights: coqui-tts's own classes, and 35 MB, most of it the speaker encoder."""

import functools
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from sts_service.engines import EngineSettings
from sts_service.engines.native import calm_threads
from sts_service.tts import Synthesizer, xtts

CODES = 64
"""Sounds that it knows; then come the one that begins and the one that ends."""
LETTERS = string.ascii_lowercase + string.digits + string.punctuation + "¡¿áéíóúüñàèìòùâêîôûäößçãõœæ"
HINDI = "अआइईउऊएऐओऔकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूृेैोौंँ़्।"


@contextmanager
def narrow() -> Iterator[None]:
    """The decoder's width is not in the model's settings: it is made narrow for loading too. One thread is
    enough for it; two would wait for each other longer than they compute.
    """
    # Of no effect once torch is loaded.
    calm_threads()
    import TTS.tts.models.xtts as coqui

    decoder = functools.partial(coqui.HifiDecoder, upsample_initial_channel_decoder=32)
    with mock.patch.object(coqui, "HifiDecoder", decoder), mock.patch.object(xtts, "threads", return_value=1):
        yield


def make(settings: EngineSettings) -> Synthesizer:
    """Also in an engine process, which no test can reach to patch something."""
    with narrow():
        return xtts.make(settings)


SPEC = replace(xtts.SPEC, make=make)


def random(folder: Path, speaker: str | None = None) -> Path:
    """It never finds an end by itself, so that lengths are known. `speaker`: of its own."""
    with narrow():
        return _random(folder, speaker)


def _random(folder: Path, speaker: str | None) -> Path:
    import torch
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.models import xtts as coqui

    folder.mkdir(parents=True)
    _tokenizer(folder / "vocab.json", XttsConfig().languages)
    sizes = XttsArgs(
        gpt_layers=2,
        gpt_n_model_channels=64,
        gpt_n_heads=2,
        gpt_num_audio_tokens=CODES + 2,
        gpt_start_audio_token=CODES,
        gpt_stop_audio_token=CODES + 1,
        gpt_max_audio_tokens=160,
        gpt_max_text_tokens=402,
        gpt_use_perceiver_resampler=True,
        decoder_input_dim=64,
        tokenizer_file=str(folder / "vocab.json"),
    )
    config = XttsConfig(model_args=sizes)
    torch.manual_seed(0)
    model: Any = coqui.Xtts(config)
    model.tokenizer = coqui.VoiceBpeTokenizer(vocab_file=folder / "vocab.json")
    model.init_models()
    model.gpt.mel_head.bias.data[CODES + 1] = -1e4
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    if speaker is not None:
        latents = {"gpt_cond_latent": torch.randn(1, 32, 64), "speaker_embedding": torch.randn(1, 512, 1)}
        torch.save({speaker: latents}, folder / "speakers_xtts.pth")
    config.save_json(str(folder / "config.json"))
    return folder


def _tokenizer(path: Path, languages: list[str]) -> None:
    from tokenizers import Tokenizer, models

    control = ["[STOP]", "[UNK]", "[SPACE]", *(f"[{language}]" for language in languages), "[START]"]
    tokens = control + sorted(set(LETTERS + HINDI))
    tokenizer = Tokenizer(
        models.BPE(vocab={token: at for at, token in enumerate(tokens)}, merges=[], unk_token="[UNK]")
    )
    tokenizer.add_special_tokens(control)
    tokenizer.save(str(path))
