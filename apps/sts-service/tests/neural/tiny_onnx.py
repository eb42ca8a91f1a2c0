"""Voices of a few kilobytes: real ONNX graphs with the inputs of Piper's and of Kokoro's, that sing a tone.

Its length goes with the number of phonemes and the wanted speed, as a real voice's does.
"""

import json
import string
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

PIPER_RATE_HZ = 22_050
PIPER_SAMPLES_A_PHONEME = 512
KOKORO_SAMPLES_A_PHONEME = 1_200
STYLES = 510
"""Of a Kokoro voice: one for each number of phonemes."""
PHONEMES = (
    "_^$ " + string.ascii_lowercase + string.punctuation.replace("_", "").replace("^", "").replace("$", "")
)
PHONEMES += "ˈˌːɪʊəɛɔæɑʌθðŋʃʒɾɲβɣɹ" + string.digits


def piper(folder: Path, name: str, code: str, *, speakers: int = 1) -> Path:
    """A voice `name`.onnx for the language, such as es_ES."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, [1]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    if speakers > 1:
        inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
    nodes = [
        helper.make_node("Gather", ["scales", "one"], ["slowness"]),
        helper.make_node("Cast", ["input_lengths"], ["phonemes"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["phonemes", "slowness"], ["units"]),
        *_tone("units", PIPER_SAMPLES_A_PHONEME, 2 * np.pi * 200 / PIPER_RATE_HZ, "loudness"),
        helper.make_node("Reshape", ["sound", "shape"], ["output"]),
    ]
    constants = {"one": np.array([1]), "loudness": np.float32(0.5), "shape": np.array([1, 1, 1, -1])}
    _save(folder / f"{name}.onnx", nodes, inputs, "output", constants)
    about = {
        "audio": {"sample_rate": PIPER_RATE_HZ, "quality": "medium"},
        "espeak": {"voice": code.partition("_")[0]},
        "language": {"code": code, "family": code.partition("_")[0]},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
        "phoneme_type": "espeak",
        "num_symbols": 256,
        "num_speakers": speakers,
        "phoneme_id_map": {phoneme: [at] for at, phoneme in enumerate(PHONEMES)},
    }
    path = folder / f"{name}.onnx"
    Path(f"{path}.json").write_text(json.dumps(about))
    return path


def kokoro(folder: Path, voices: dict[str, float]) -> Path:
    """A model, and its voices by name, each with its loudness."""
    folder.mkdir(parents=True)
    inputs = [
        helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, None]),
        helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
        helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
    ]
    nodes = [
        helper.make_node("Shape", ["tokens"], ["sizes"]),
        helper.make_node("Gather", ["sizes", "one"], ["count"]),
        helper.make_node("Cast", ["count"], ["phonemes"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["phonemes", "speed"], ["units"]),
        helper.make_node("ReduceMax", ["style"], ["loudness"], keepdims=0),
        *_tone("units", KOKORO_SAMPLES_A_PHONEME, 2 * np.pi * 200 / 24_000, "loudness"),
        helper.make_node("Identity", ["sound"], ["audio"]),
    ]
    _save(folder / "kokoro-tiny.onnx", nodes, inputs, "audio", {"one": np.array([1])})
    styles = {name: np.full((STYLES, 1, 256), loudness, np.float32) for name, loudness in voices.items()}
    with (folder / "voices-tiny.bin").open("wb") as file:
        np.savez(file, allow_pickle=False, **styles)
    return folder


def _tone(units: str, samples_a_unit: int, radians_a_sample: float, loudness: str) -> list[onnx.NodeProto]:
    def constant(name: str, value: np.generic) -> onnx.NodeProto:
        return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.asarray(value)))

    return [
        constant("samples_a_unit", np.float32(samples_a_unit)),
        constant("radians_a_sample", np.float32(radians_a_sample)),
        constant("from", np.int64(0)),
        constant("step", np.int64(1)),
        helper.make_node("Mul", [units, "samples_a_unit"], ["length"]),
        helper.make_node("Cast", ["length"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Squeeze", ["whole"], ["until"]),
        helper.make_node("Range", ["from", "until", "step"], ["places"]),
        helper.make_node("Cast", ["places"], ["at"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["at", "radians_a_sample"], ["angles"]),
        helper.make_node("Sin", ["angles"], ["wave"]),
        helper.make_node("Mul", ["wave", loudness], ["sound"]),
    ]


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    output: str,
    constants: Mapping[str, object],
) -> None:
    weights = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    out = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "tone", inputs, [out], initializer=weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
