"""Decisions on an injected clock: no socket, no sleep.

`page` works out from the protocol's page, the slow and plain way, what a session has to do; `promises`
compares what it did; `world` lets random things happen to several sessions on one server. The other tests
here ask one module each.
"""
