"""Generated English speech for the tests: `say`, the sentences to say, and the counting of word errors."""

from speech.errors import word_error_rate, word_errors
from speech.say import RATE_HZ, VOICES, gap, join, say
from speech.sentences import MORE_UNSEEN, NEWS, UNSEEN

__all__ = [
    "MORE_UNSEEN",
    "NEWS",
    "RATE_HZ",
    "UNSEEN",
    "VOICES",
    "gap",
    "join",
    "say",
    "word_error_rate",
    "word_errors",
]
