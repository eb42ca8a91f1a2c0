"""What `--list-engines` prints: each engine, is it here, and if not, why not."""

from collections.abc import Iterator

from dubbing_protocol.model import Stage

from sts_service.engines.card import Card, Offer
from sts_service.engines.choice import Passed, offer_of
from sts_service.engines.registry import STAGES, AnySpec, broken, find
from sts_service.engines.settings import EngineSettings

_KINDS = ("production", "cloud", "local", "embedded", "test")
_TITLES = {"asr": "Speech to text", "translation": "Translation", "tts": "Text to speech"}
_MANY = 12


def listing(settings: EngineSettings) -> str:
    """Every engine of every stage, broken ones too."""
    return "\n".join(line for stage in STAGES for line in _stage(stage, settings))


def _stage(stage: Stage, settings: EngineSettings) -> Iterator[str]:
    yield f"{_TITLES[stage]} ({stage.upper()}_ENGINE)"
    specs = find(stage).values()
    for spec in sorted(specs, key=lambda spec: (_KINDS.index(spec.card.kind), spec.card.name)):
        yield from _engine(spec, settings)
    for fault in broken(stage):
        yield f"  {fault.name:<16}broken"
        yield f"      {fault.why}"
    yield ""


def _engine(spec: AnySpec, settings: EngineSettings) -> Iterator[str]:
    card, outcome = spec.card, offer_of(spec, settings)
    if isinstance(outcome, Passed):
        yield f"  {card.name:<16}{card.kind:<12}not here: {outcome.why}"
    else:
        yield f"  {card.name:<16}{card.kind:<12}ready: {outcome.model}"
        yield f"      languages: {languages(card, outcome)}"
    yield f"      licence: {licence(card)}"
    yield f"      needs: {card.needs}"


def licence(card: Card) -> str:
    return card.code_licence + ("" if card.weights_licence is None else f"; weights {card.weights_licence}")


def languages(card: Card, offer: Offer) -> str:
    """In a line; of a stage only the side that it has to do with."""
    if offer.pairs is not None:
        return _few([f"{source}-{target}" for source, target in offer.pairs])
    knows_any = offer.sources is None and offer.targets is None
    if card.stage == "translation" and knows_any and not offer.serves("en", "es"):
        return "any, to itself"
    source = "any" if offer.sources is None else _few(offer.sources)
    target = "any" if offer.targets is None else _few(offer.targets)
    return {"asr": source, "tts": target}.get(card.stage, f"{source} to {target}")


def _few(names: tuple[str, ...] | list[str]) -> str:
    names = sorted(names)
    more = len(names) - _MANY
    return " ".join(names[:_MANY]) + (f" and {more} more" if more > 0 else "")
