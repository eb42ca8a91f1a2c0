"""One stream from its first packet to its last: wires the rooms together, and owns start, stop and exit code.

Only `python -m media_service.worker` and the tests come in here. `http` is the worker's own port (health,
metrics, control, live events); `events`, `status`, `advice` and `share` are what it tells.
"""
