"""What an engine says of itself."""

from dataclasses import dataclass
from typing import Literal

from dubbing_protocol.model import Stage

Kind = Literal["production", "cloud", "local", "embedded", "test"]
Home = Literal["process", "loop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """True of the engine on every machine."""

    name: str
    stage: Stage
    kind: Kind
    code_licence: str
    """SPDX expression, or a few words."""
    weights_licence: str | None = None
    """Of the model; None where there is none."""
    needs: str
    """What must be there, in a line for the operator."""
    home: Home = "process"
    """`process`: its calls block, so it lives in engine processes, one call at a time in each. `loop`: its
    calls only wait (for a network, a child process, a thread of its own), and it lives beside the server.
    """
    concurrency: int = 1
    """Calls at once: processes for `process`; for `loop`, calls of the one engine."""
    streaming: bool = False
    """Can give its result in pieces."""
    rate_hz: int | None = None
    """Of what a synthesiser gives, where it is always the same."""
    timed: bool = False
    """A transcriber whose `transcribe` also takes `start_ns`: the stream time of the first sample."""
    plain_text: bool = False
    """A transcriber's text has neither case nor punctuation."""
    speed_range: tuple[float, float] | None = None
    """A synthesiser's own rate control: the slowest and the fastest it can speak, 1.0 its natural speed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What it can do here and now. Languages are primary subtags (`en`, `pt`); None means any."""

    model: str
    sources: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    pairs: tuple[tuple[str, str], ...] | None = None
    """Of a translator that knows certain pairs only; then it decides alone."""

    def serves(self, source: str, target: str) -> bool:
        """A transcriber leaves `targets` open, a synthesiser `sources`."""
        source, target = primary(source), primary(target)
        if self.pairs is not None:
            return (source, target) in self.pairs
        return (self.sources is None or source in self.sources) and (
            self.targets is None or target in self.targets
        )


def primary(language: str) -> str:
    """The language of a tag without its region: `es` of `es-419`."""
    return language.partition("-")[0].lower()
