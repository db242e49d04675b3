"""Rules about combinations of keys: each problem names its keys and what to do.

Those of the layers, of steps, of the data, of images and of lessons have a file each.
"""

from collections.abc import Callable, Iterator

from ..errors import Problem
from ..numerics.number_format import narrow
from .chain_entry import label
from .images import images
from .rules_of_data import OF_DATA
from .rules_of_layers import of_layers
from .rules_of_lessons import OF_LESSONS
from .rules_of_steps import OF_STEPS
from .schema import ScenarioFields, entries


def conflicts(scenario: ScenarioFields) -> list[Problem]:
    """Every impossible combination in a scenario, each with the dotted keys that take part in it."""
    problems = [problem for check in CHECKS for problem in check(scenario)]
    for where, one in entries(scenario):
        problems += [_of_entry(where, problem) if where else problem for problem in of_layers(one)]
    return problems


def _of_entry(where: str, problem: Problem) -> Problem:
    return Problem(where, f"{problem.key.removeprefix('network.')}: {problem.message}", keys=("network.layers",))


def _blocks(scenario: ScenarioFields) -> Iterator[Problem]:
    """What goes round a block joins its ends."""
    features = scenario.features if scenario.reads_image else scenario.inputs or 0
    for number, entry in enumerate(scenario.network.entries, 1):
        if message := entry.unjoined(features):
            yield Problem(label(number, entry.written), message, keys=("network.layers",))
        features = entry.past(features)


def _master_weights(scenario: ScenarioFields) -> Iterator[Problem]:
    form = scenario.precision.format
    if scenario.precision.master_weights and not narrow(form):
        message = f"{form} is not narrower than the float32 of master weights; give a narrower format or remove the key"
        yield Problem("precision.master_weights", message, keys=("precision.master_weights", "precision.format"))


CHECKS: tuple[Callable[[ScenarioFields], Iterator[Problem]], ...] = (
    *OF_DATA,
    images,
    *OF_STEPS,
    _blocks,
    _master_weights,
    *OF_LESSONS,
)
