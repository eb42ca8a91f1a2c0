"""The one server: sessions, order, flow, limits, metrics and the HTTP side; it knows nothing of speech.

A `Processor` comes in, an ASGI app goes out (`create_app`). `session`, `order`, `flow`, `statistics` and
`admission` are pure, with the clock passed in; `gateway` alone imports Socket.IO.
"""
