"""What the README says of the orchestrator is so."""
