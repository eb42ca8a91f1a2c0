"""What engines around native code share: their threads, their silence, and how their failures are told."""

import os
import re
import time
from typing import Any

from dubbing_protocol import ErrorCode

from sts_service.engines.errors import EngineError

_MEMORY = ("out of memory", "out_of_memory", "alloc_failed")
"""How CUDA, cuBLAS, CTranslate2 and torch say that the device's memory is used up."""
_CUDA_LIBRARY = re.compile(r"lib(?:cublas|cudnn|cudart|nvrtc)[A-Za-z0-9_]*\.so[.0-9]*")
"""Loaded at the first call only, so it is then that it is missed."""
_TELLTALES = ("ORT_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY")
"""onnxruntime's (which also keeps a number of this machine in the home folder), and the models' hub's."""


def threads(at_most: int = 8) -> int:
    """One core is left to the rest of the service, where there are more than two."""
    cores = len(os.sched_getaffinity(0))
    return max(1, min(at_most, cores if cores <= 2 else cores - 1))


def calm_threads() -> None:
    """Before a native library is loaded: OpenMP's threads are to sleep while they wait for each other.

    Else they spin, and where the machine has other work one call takes up to ten times as long.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def tell_nobody() -> None:
    """Before a library is loaded: it is to send its maker nothing. What the operator has set stays."""
    for name in _TELLTALES:
        os.environ.setdefault(name, "1")


def failed(error: Exception, code: ErrorCode, name: str) -> EngineError:
    """The message names the error's kind only: what a library says may quote the speech."""
    if out_of_memory(error):
        return EngineError(ErrorCode.GPU_OOM, f"{name} ran out of the device's memory")
    if library := _CUDA_LIBRARY.search(str(error)):
        return EngineError(code, f"{name} cannot load {library[0].rstrip('.')}: is CUDA installed?")
    return EngineError(code, f"{name} failed ({type(error).__name__})")


def out_of_memory(error: Exception) -> bool:
    said = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or any(mark in said for mark in _MEMORY)


def unload(model: Any) -> None:
    """A model of CTranslate2's leaves its device. It refuses while its thread tidies up after a call."""
    for _ in range(100):
        model.unload_model()
        if not model.model_is_loaded:
            return
        time.sleep(0.01)


def reload(model: Any) -> None:
    """A device's caches go only with the model, so it leaves and comes back."""
    unload(model)
    model.load_model()
