"""What is asked of every engine, whatever its stage."""

from sts_service.testing.conformance.life import LifeTests
from sts_service.testing.conformance.statements import StatementTests
from sts_service.testing.conformance.tested import E


class EngineConformance(StatementTests[E], LifeTests[E]):
    """All of it."""
