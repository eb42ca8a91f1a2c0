"""Sentences that take no time to make."""

import itertools

import numpy as np
from livedub.demo.lettering import Mask
from livedub.demo.reader import Made
from livedub.demo.voice import RATE_HZ, Mono

NOTHING: Mask = np.zeros((2, 2), np.uint8)


def tone(text: str) -> Mono:
    """As long as the text says, in seconds."""
    count = round(float(text) * RATE_HZ)
    return np.full(count, 0.25, np.float32)


class Sentences:
    """Each as long as the next of `durations_s`, over and over."""

    def __init__(self, *durations_s: float) -> None:
        self._texts = itertools.cycle(str(duration_s) for duration_s in durations_s)
        self._number = 0

    def __call__(self) -> Made:
        text = next(self._texts)
        self._number += 1
        return Made(self._number - 1, text, tone(text), NOTHING)
