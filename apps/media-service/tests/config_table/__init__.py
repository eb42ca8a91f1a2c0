"""The worker's settings: what is allowed, what is said of the rest, and that no secret is shown."""
