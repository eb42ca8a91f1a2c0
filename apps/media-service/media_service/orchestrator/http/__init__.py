"""The way in: hooks, the REST API, live events, health and metrics. It asks `control`, and decides nothing.

Every error is a problem document (RFC 9457), every body is bounded, every wait is timed out.
"""
