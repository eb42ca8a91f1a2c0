"""The orchestrator's memory: a real database in a file, also a full, a locked and a damaged one."""
