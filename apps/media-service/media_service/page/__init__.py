"""The control room: what a browser gets. `orchestrator` serves it, and nobody else imports it."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
