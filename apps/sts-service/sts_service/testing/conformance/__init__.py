"""The tests that every engine has to pass: subclass one of the three in a test module, and name the engine.

    class TestMine(TranslatorConformance):
        spec = SPEC

An engine that is not here (its `check` raises `NotHere`) is skipped, with its reason.
"""

import pytest

_WITH_TESTS = ("tested", "statements", "life", "transcriber", "translator", "synthesizer")
pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in _WITH_TESTS))

# Only now, or their assertions would tell nothing.
from sts_service.testing.conformance.synthesizer import SynthesizerConformance  # noqa: E402
from sts_service.testing.conformance.transcriber import TranscriberConformance  # noqa: E402
from sts_service.testing.conformance.translator import TranslatorConformance  # noqa: E402

__all__ = ["SynthesizerConformance", "TranscriberConformance", "TranslatorConformance"]
