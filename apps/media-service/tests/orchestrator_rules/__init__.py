"""What the orchestrator decides, without a process, a socket or a sleep."""
