"""What all engines have in common: what they say of themselves, how they fail, how they are found.

An engine is a module of `asr`, `translation` or `tts`, or of somebody else's package, that holds an
`EngineSpec` named by an entry point. Nothing heavy is imported here, nor by an engine's module before its
engine is made.
"""

from sts_service.engines.card import Card, Offer
from sts_service.engines.errors import EngineError, NotHere
from sts_service.engines.settings import EngineSettings
from sts_service.engines.spec import Engine, EngineSpec

__all__ = ["Card", "Engine", "EngineError", "EngineSettings", "EngineSpec", "NotHere", "Offer"]
