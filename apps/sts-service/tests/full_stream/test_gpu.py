"""How busy the GPUs are, where there are any."""

import asyncio
import sys
from types import ModuleType, SimpleNamespace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sts_service.full import gpu
from sts_service.full.gpu import Gpus, Reading, find
from sts_service.full.processor import FullProcessor
from sts_service.full.settings import FullSettings
from sts_service.server.metrics import Metrics

from full_stream.studio import engines


def library(count: int = 1, *, init: object = None) -> ModuleType:
    def start() -> None:
        if isinstance(init, Exception):
            raise init

    module = ModuleType("pynvml")
    vars(module).update(
        nvmlInit=start,
        nvmlDeviceGetCount=lambda: count,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetUtilizationRates=lambda device: SimpleNamespace(gpu=40 + device),
        nvmlDeviceGetMemoryInfo=lambda device: SimpleNamespace(used=2**30 + device),
    )
    return module


def test_the_library_s_numbers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", library(2))
    read = find()
    assert read is not None
    assert read() == {"0": Reading(40.0, 2**30), "1": Reading(41.0, 2**30 + 1)}


@pytest.mark.parametrize("module", [None, library(0), library(init=OSError("no driver"))])
def test_without_library_driver_or_gpu_there_is_nothing_to_read(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType | None
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", module)
    assert find() is None


async def test_nothing_to_read_ends_at_once() -> None:
    gpus = Gpus(None)
    gpus._read = None
    async with asyncio.timeout(5):
        await gpus.run()
    assert gpus.busiest_percent is None


async def test_a_driver_that_goes_away_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    readings = [{"0": Reading(40.0, 1), "1": Reading(60.0, 1)}]
    monkeypatch.setattr(gpu, "EVERY_S", 0.2)
    gpus = Gpus(lambda: readings.pop())
    running = asyncio.create_task(gpus.run())
    for _ in range(500):
        if gpus.busiest_percent == 60.0:
            break
        await asyncio.sleep(0.01)
    assert gpus.busiest_percent == 60.0
    async with asyncio.timeout(5):
        await running
    assert not gpus.latest
    assert caplog.text.count("cannot be read any more") == 1


def test_the_gauges_have_a_series_each_gpu() -> None:
    gpus = Gpus(dict)
    processor = FullProcessor(FullSettings(), engines(), gpus)
    metrics = Metrics()
    gpus.latest = {"0": Reading(55.0, 2**31)}
    processor.measure(metrics)
    page = metrics.exposition({}, 0).decode()
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.labels.get("device") == "0"
    }
    assert found == {"sts_gpu_utilization_percent": 55.0, "sts_gpu_memory_bytes": 2**31}
