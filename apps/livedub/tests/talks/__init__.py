"""Talks that the tests dub: a test picture, and the news read by a generated voice."""

from talks.make import talk

__all__ = ["talk"]
