"""The orchestrator does what its OpenAPI document says, whatever is asked: schemathesis asks."""
