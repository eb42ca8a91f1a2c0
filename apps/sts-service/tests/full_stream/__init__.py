"""The pipeline: its decisions by themselves, and whole streams with scripted engines."""
