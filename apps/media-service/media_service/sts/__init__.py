"""The speech-to-speech service, seen from the worker: fragments go in, dubs or fallbacks come out.

The only room that speaks the fragment protocol, and only the worker calls it. All its decisions are pure
(`dispatch` and what it is made of); `connection`, `conversation` and `client` obey them.
"""

from media_service.sts.breaker import BreakerState
from media_service.sts.client import SpeechService
from media_service.sts.fragment import Answer, Fallback, Fragment, Reason, Stream
from media_service.sts.listener import Listener, ServiceState

__all__ = [
    "Answer",
    "BreakerState",
    "Fallback",
    "Fragment",
    "Listener",
    "Reason",
    "ServiceState",
    "SpeechService",
    "Stream",
]
