"""What the orchestrator counts, for Prometheus."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from service_kit import tasks

STATES = ("waiting", "dubbing", "degraded", "original", "ended")


class OrchestratorMetrics:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.worker_starts = self._counter("livedub_worker_starts", "Workers started")
        self.worker_adopted = self._counter("livedub_workers_adopted", "Workers found running at the start")
        self.worker_ends = self._counter(
            "livedub_worker_ends", "Workers that ended: stopped, finished, crashed", "ending"
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

    def watch(self, count: Callable[[], Mapping[str, int]]) -> None:
        """`count`: streams by state, asked when somebody looks."""
        self.registry.register(_Streams(count))

    def page(self) -> bytes:
        return generate_latest(self.registry)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(name, help, labels, registry=self.registry)


class _Streams(Collector):
    def __init__(self, count: Callable[[], Mapping[str, int]]) -> None:
        self._count = count

    def collect(self) -> list[GaugeMetricFamily]:
        family = GaugeMetricFamily("livedub_streams", "Streams known, by state", labels=["state"])
        counted = self._count()
        for state in STATES:
            family.add_metric([state], counted.get(state, 0))
        return [family]
