"""Who asks the worker's and the orchestrator's ports and means harm; others are served meanwhile."""
