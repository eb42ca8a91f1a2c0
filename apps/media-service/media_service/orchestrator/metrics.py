"""What the orchestrator counts, for Prometheus."""

import contextlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from service_kit import tasks
from service_kit.process_metrics import ProcessMetrics

STATES = ("waiting", "dubbing", "degraded", "original", "ended")


class OrchestratorMetrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.worker_starts = self._counter("livedub_worker_starts", "Workers started")
        self.worker_adopted = self._counter("livedub_workers_adopted", "Workers found running at the start")
        self.worker_ends = self._counter(
            "livedub_worker_ends", "Workers that ended: stopped, finished, crashed, handed_over", "ending"
        )
        self.forwarder_ends = self._counter("livedub_forwarder_ends", "Forwarders that ended by themselves")
        self.hooks = self._counter(
            "livedub_hooks", "Hooks of the media server, by what became of them", "event", "outcome"
        )
        self.store_failures = self._counter("livedub_store_failures", "Changes that the store did not take")
        self.reconciliations = self._counter(
            "livedub_reconciliations", "Lists of ready paths asked for", "outcome"
        )
        Gauge("livedub_tasks", tasks.HELP, registry=self.registry).set_function(tasks.running)

        ProcessMetrics("livedub", self.registry)

    def watch(self, count: Callable[[], Mapping[str, int]], state_dir: Path) -> None:
        """`count`: streams by state. Both are looked at when somebody asks."""
        self.registry.register(_Streams(count))
        self.registry.register(_Disk(state_dir))

    def page(self) -> bytes:
        return generate_latest(self.registry)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(name, help, labels, registry=self.registry)


class _Disk(Collector):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> list[GaugeMetricFamily]:
        free = GaugeMetricFamily("livedub_disk_free_bytes", "What the disk of state_dir has left")
        size = GaugeMetricFamily("livedub_disk_size_bytes", "How large that disk is")
        # Without a value where it cannot be asked: the names are there all the same.
        with contextlib.suppress(OSError):
            usage = shutil.disk_usage(self._folder)
            free.add_metric([], usage.free)
            size.add_metric([], usage.total)
        return [free, size]


class _Streams(Collector):
    def __init__(self, count: Callable[[], Mapping[str, int]]) -> None:
        self._count = count

    def collect(self) -> list[GaugeMetricFamily]:
        family = GaugeMetricFamily("livedub_streams", "Streams known, by state", labels=["state"])
        counted = self._count()
        for state in STATES:
            family.add_metric([state], counted.get(state, 0))
        return [family]
