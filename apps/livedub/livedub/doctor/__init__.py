"""What this machine has and lacks, a finding each; `examine` looks at everything.

A finding that something needed is missing always has the command that fixes it.
"""

from livedub.doctor.examination import examine
from livedub.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]
