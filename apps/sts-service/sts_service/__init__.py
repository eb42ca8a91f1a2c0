"""The speech-to-speech service: one server, and what is plugged into it.

`server` keeps the protocol's promises and knows nothing of speech; `echo` plugs in a processor that
returns what it was sent. Nothing in `server` imports a processor.
"""
