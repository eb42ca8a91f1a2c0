"""Who speaks: voices.json, read and checked at start-up, asked by profile, language and engine."""

from sts_service.voices.profiles import Profile, Voices
from sts_service.voices.wrong import VoicesWrong

__all__ = ["Profile", "Voices", "VoicesWrong"]
