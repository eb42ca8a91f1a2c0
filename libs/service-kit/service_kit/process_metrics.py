"""What a process takes of its machine, for its `/metrics`: since when it runs, memory, CPU, descriptors."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

TOLD = ("start_time_seconds", "resident_memory_bytes", "cpu_seconds", "open_fds")


class ProcessMetrics(Collector):
    """Of this process, under names that begin with the service's; read when they are asked for."""

    def __init__(self, service: str, registry: CollectorRegistry) -> None:
        self._all = ProcessCollector(namespace=service, registry=None)
        self._names = {f"{service}_process_{name}" for name in TOLD}
        registry.register(self)

    def collect(self) -> Iterable[Metric]:
        return [family for family in self._all.collect() if family.name in self._names]
