"""Group norm over groups of so few units that little but signs is left of its input."""

from ...scenario.scenario import Scenario
from ...scenario.schema import entries
from ..outlook import PassFacts

ORDER = 80
COUNTED = False
NEEDS = ("has_norm",)
FEW = 4
LEAVES = {1: "nothing", 2: "only which is larger", 3: "only one number of the three"}
READ = "Two numbers less their mean and over their spread are always 1 and -1, whatever they were."
SOURCE = "Wu & He 2018, Group normalization"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """The fewest units per group, below FEW."""
    fewest = min((units for _, one in entries(facts.scenario) if (units := _units(one)) is not None), default=FEW)
    if fewest >= FEW:
        return None
    return float(fewest), f"group norm has only {fewest} unit{'s' * (fewest > 1)} a group: {LEAVES[fewest]} is left"


def _units(scenario: Scenario) -> int | None:
    """Units per group of an entry's norm; None without groups."""
    norm, width = scenario.network.norm, scenario.network.width
    if not norm.entry.metadata.get("DIVIDES_FEATURES"):
        return None
    norm_args = {key: value for key, value in norm.parameters.items() if key != "eps"}
    return width // int(norm.load().resolve(width, *norm_args.values())[0])
