"""The embedded translator: Apertium's rules, as Debian packages them, in pipelines that stay running."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from shutil import which
from typing import Final

from dubbing_protocol import ErrorCode

from sts_service.engines import Card, EngineError, EngineSettings, EngineSpec, NotHere, Offer
from sts_service.translation import Translation, Translator
from sts_service.translation.apertium_lane import Lane
from sts_service.translation.apertium_modes import FOLDER, Mode, chosen, installed

MOST_PIPELINES: Final = 4
"""Of a dozen small processes each; the pair that was not asked for longest gives way."""
TIMEOUT_S: Final = 2.0
"""Of one exchange of up to 5,000 characters: they take 0.1 s, a sentence 4 ms."""


class Apertium:
    """A pipeline for each pair of languages that is asked for, its texts one after another."""

    def __init__(
        self, modes: Sequence[Mode], *, timeout_s: float = TIMEOUT_S, most_pipelines: int = MOST_PIPELINES
    ) -> None:
        self._modes, self._timeout_s, self._most = modes, timeout_s, most_pipelines
        self._lanes: OrderedDict[str, Lane] = OrderedDict()
        """The one asked for last at the end."""
        # No more calls than pipelines: so there is always one to give way that nobody is using.
        self._slots = asyncio.Semaphore(most_pipelines)

    @property
    def pipelines(self) -> int:
        return sum(lane.is_open for lane in self._lanes.values())

    async def translate(self, text: str, source: str, target: str, context: str) -> Translation:
        """`context` is of no use to it: each text is translated by itself."""
        mode = chosen(self._modes, source, target)
        if mode is None:
            raise EngineError(ErrorCode.UNSUPPORTED_LANGUAGE, "apertium does not have this pair here")
        if not text.strip():
            return Translation("")
        async with self._slots:
            lane = self._lane(mode)
            async with lane.turn:
                await self._make_room(lane)
                return Translation(await lane.translate(text))

    def _lane(self, mode: Mode) -> Lane:
        name = mode.path.stem
        if name not in self._lanes:
            self._lanes[name] = Lane(mode, self._timeout_s)
        self._lanes.move_to_end(name)
        return self._lanes[name]

    async def _make_room(self, lane: Lane) -> None:
        """For the pipeline that `lane` is about to start, where it has none."""
        if lane.is_open:
            return
        others = [other for other in self._lanes.values() if other is not lane]
        taken = [other for other in others if other.is_open or other.turn.locked()]
        idle = [other for other in taken if not other.turn.locked()]
        for other in idle[: max(0, len(taken) + 1 - self._most)]:
            await other.end()

    async def close(self) -> None:
        for lane in self._lanes.values():
            await lane.end()
        self._lanes.clear()


def _check(settings: EngineSettings) -> Offer:
    modes = installed()
    if which("lt-proc") is None:
        raise NotHere("Apertium is not installed: apt-get install apertium apertium-eng-spa")
    if not modes:
        raise NotHere(f"Apertium has no pair of languages in {FOLDER}: apt-get install apertium-eng-spa")
    pairs = sorted({(mode.source, mode.target) for mode in modes})
    return Offer(model="apertium " + " ".join(mode.path.stem for mode in modes), pairs=tuple(pairs))


def _make(settings: EngineSettings) -> Translator:
    _check(settings)
    return Apertium(installed())


SPEC: Final = EngineSpec(
    card=Card(
        name="apertium",
        stage="translation",
        kind="embedded",
        code_licence="GPL-2.0-or-later (processes of their own)",
        weights_licence="GPL-2.0-or-later (the language pairs)",
        needs="the apt packages apertium and a pair such as apertium-eng-spa",
        home="loop",
        concurrency=MOST_PIPELINES,
    ),
    check=_check,
    make=_make,
)
