"""apps/livedub/README.md says what the code says, and what it shows is run as it stands there."""
