"""What is heard: original, dub and silence become one sound, at one loudness, under one ceiling. Pure.

Sound and slots' decisions come in, sound goes out; called by the worker, by a position in the lane and never
by a clock. `mixer` is the way in for each tick; `loudness` and `speech` prepare a dub, in a thread. Imports
nothing of the other rooms but the units of media time.
"""

from media_service.mix.loudness import ProgrammeLoudness, prepare_dub
from media_service.mix.mixer import Mixer
from media_service.mix.part import MixSettings, Operator, Part, Play
from media_service.mix.speech import speech_of

__all__ = [
    "MixSettings",
    "Mixer",
    "Operator",
    "Part",
    "Play",
    "ProgrammeLoudness",
    "prepare_dub",
    "speech_of",
]
