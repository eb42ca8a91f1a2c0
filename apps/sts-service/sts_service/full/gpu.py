"""How busy the GPUs are, by NVIDIA's own library (`nvidia-ml-py`); nothing where it is not installed."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

log = logging.getLogger(__name__)

EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    utilization_percent: float
    memory_bytes: int


Read = Callable[[], Mapping[str, Reading]]
"""By the GPU's number."""


class Gpus:
    """The latest reading; `run` is owned by whoever wants it kept up to date."""

    def __init__(self, read: Read | None = None) -> None:
        self._read = read or find()
        self.latest: Mapping[str, Reading] = MappingProxyType({})

    @property
    def busiest_percent(self) -> float | None:
        return max((reading.utilization_percent for reading in self.latest.values()), default=None)

    async def run(self) -> None:
        """Ends by itself where there is nothing to read."""
        while self._read is not None:
            try:
                self.latest = await asyncio.to_thread(self._read)
            except Exception as error:  # of the driver, which may go away under us
                log.warning("the GPUs cannot be read any more: %s", type(error).__name__)
                self.latest = MappingProxyType({})
                return
            await asyncio.sleep(EVERY_S)


def find() -> Read | None:
    """None without the library, the driver or a GPU."""
    try:
        library: Any = import_module("pynvml")
        library.nvmlInit()
        devices = [library.nvmlDeviceGetHandleByIndex(n) for n in range(library.nvmlDeviceGetCount())]
    except Exception:  # no library, or whatever it raises without a driver
        return None

    def read() -> Mapping[str, Reading]:
        return {
            str(number): Reading(
                float(library.nvmlDeviceGetUtilizationRates(device).gpu),
                int(library.nvmlDeviceGetMemoryInfo(device).used),
            )
            for number, device in enumerate(devices)
        }

    return read if devices else None
