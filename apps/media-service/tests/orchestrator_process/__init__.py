"""The orchestrator as a process, with workers that only pretend: quick to start, and told what to do."""
