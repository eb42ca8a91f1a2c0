"""Streams wanted become workers running: hooks and an API come in, worker processes go out.

`names` and `wanted` decide (pure); `store` remembers; `workers`, `egress` and `mediamtx` reach processes and
servers; `control` joins them, one keeper a stream; `http` is the way in. Nobody but
`python -m media_service.orchestrator` and the tests imports this room, and it never imports GStreamer.
"""
