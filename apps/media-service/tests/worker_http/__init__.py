"""The worker's own port, and what it tells: status, live events, metrics, advice."""
