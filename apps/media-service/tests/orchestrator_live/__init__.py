"""The orchestrator with everything real: nginx's RTMP module and hooks, publisher, workers, echo service."""
