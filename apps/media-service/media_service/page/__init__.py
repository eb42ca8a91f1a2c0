"""The control room: what a browser is sent, as it is. The orchestrator serves it; nothing here runs there.

Plain JavaScript modules, one subject each. What comes from a stream or a person gets into the page as text
and never as HTML. `static/vendor/` is put there by `scripts/setup`.
"""

from pathlib import Path

STATIC = Path(__file__).with_name("static")
"""`/` is its `index.html`; everything in it is served under `/static/`."""
