"""Group norm over so few units that little but their signs is left."""

from ..pass_facts import PassFacts

ORDER = 80
COUNTED = False
FEW = 4
LEAVES = {1: "nothing", 2: "only which is larger", 3: "only an angle"}
READ = "Of two units less their mean only the sign is left, whatever came in."
SOURCE = "Wu & He 2018, Group normalization"


def concern(facts: PassFacts) -> tuple[float, str] | None:
    """Units a group."""
    if facts.scenario.is_chain:
        return None
    norm, width = facts.scenario.network.norm, facts.scenario.network.width
    if "groups" not in norm.parameters:
        return None
    given = {key: value for key, value in norm.parameters.items() if key != "eps"}
    groups = norm.load().resolve(width, *given.values())[0]
    units = width // groups
    if units >= FEW:
        return None
    return float(units), f"{norm.name} norm has only {units} unit{'s' * (units > 1)} a group: {LEAVES[units]} is left"
