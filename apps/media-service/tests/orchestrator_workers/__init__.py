"""Processes, their logs and their ports: real ones, small."""
