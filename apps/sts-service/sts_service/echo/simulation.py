"""Which fragment meets which fault: pure matching of the rules of `config:error_simulation`."""

from dubbing_protocol import ErrorSimulation, FragmentData, SimulatedPressure, SimulationRule


class FaultPlan:
    """The rules in force for one stream, and how many fragments it has had."""

    def __init__(self) -> None:
        self._rules: list[SimulationRule] = []
        self._pressures: dict[int, SimulatedPressure] = {}
        self._accepted = 0

    def __len__(self) -> int:
        return len(self._rules)

    def replace(self, simulation: ErrorSimulation) -> None:
        self._rules = list(simulation.rules) if simulation.enabled else []
        pressures = simulation.backpressure if simulation.enabled else []
        self._pressures = {pressure.at_fragment: pressure for pressure in reversed(pressures)}

    def next(self, fragment: FragmentData) -> tuple[SimulationRule | None, SimulatedPressure | None]:
        """The first rule that this fragment, the next one accepted, meets; and the pressure to announce."""
        self._accepted += 1
        rule = next((rule for rule in self._rules if self._meets(rule, fragment)), None)
        return rule, self._pressures.get(self._accepted)

    def _meets(self, rule: SimulationRule, fragment: FragmentData) -> bool:
        match rule.trigger:
            case "sequence_number":
                return fragment.sequence_number == rule.value
            case "fragment_id":
                return fragment.fragment_id == rule.value
            case "nth_fragment":
                return isinstance(rule.value, int) and self._accepted % rule.value == 0
