"""How many threads the numeric libraries of an engine process may use."""

import os
from collections.abc import Mapping

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def thread_counts(environment: Mapping[str, str], cores: int, processes: int) -> dict[str, str]:
    """The variables to set: the cores shared by the engine's processes. What the operator has set stays."""
    share = str(max(1, cores // max(1, processes)))
    return {name: share for name in VARIABLES if name not in environment}


def usable_cores() -> int:
    """Of this process, not of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
