"""For tests of engines and with engines: the scripted fakes, and the tests that every engine has to pass.

Shipped, so that whoever writes an engine elsewhere can use it. Nothing that dubs imports it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sts_service.testing.conformance import (
        SynthesizerConformance,
        TranscriberConformance,
        TranslatorConformance,
    )

__all__ = ["SynthesizerConformance", "TranscriberConformance", "TranslatorConformance"]


def __getattr__(name: str) -> Any:
    """Imports on first use: an engine process with a fake in it needs no pytest."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sts_service.testing import conformance

    return getattr(conformance, name)
