"""What `/metrics` tells of one worker. The methods are named for what happened; any room may call them.

The names are those of the design: dashboards and alert rules go by them.
"""

from media_service.metrics.worker import CONTENT_TYPE, WorkerMetrics

__all__ = ["CONTENT_TYPE", "WorkerMetrics"]
