"""`livedub serve`: the orchestrator with its control room, and a speech service where none is named.

`plan` says what the orchestrator is told, `room` is its process, `life` the whole from start to end.
"""
