"""All scenarios, in the order of the table."""

from drill.machines import MACHINES
from drill.orchestrators import ORCHESTRATORS
from drill.outputs import OUTPUTS
from drill.scenario import Scenario
from drill.services import SERVICES
from drill.sources import SOURCES

SCENARIOS: tuple[Scenario, ...] = (*SOURCES, *SERVICES, *OUTPUTS, *ORCHESTRATORS, *MACHINES)
