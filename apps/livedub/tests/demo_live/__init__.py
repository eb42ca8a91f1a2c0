"""The demo on air, by the real engines."""
